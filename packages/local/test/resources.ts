/**
 * vitest's set-up of each file of the project `stack`: a table, bucket, bus, topic and queues of its own, linked as SST
 * links them, before the file imports anything. So files can run at once and see nothing of each other.
 */
import { randomUUID } from 'node:crypto';
import { createResources, linkEnvironment } from '@millrace/local/provision';
import { inject } from 'vitest';

Object.assign(process.env, inject('endpoints'));
const resources = await createResources({ prefix: `test-${randomUUID().slice(0, 8)}`, queues: ['dead-letters'] });
Object.assign(process.env, linkEnvironment(resources), {
  MILLRACE_DEAD_LETTER_URL: resources.queues.get('dead-letters')?.url,
  MILLRACE_LOG_LEVEL: process.env.MILLRACE_LOG_LEVEL ?? 'error',
});
