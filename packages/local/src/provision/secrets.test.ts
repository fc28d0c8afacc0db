import { triggers, workflows } from '@millrace/functions/workflows';
import { expect, it } from 'vitest';
import { localSecrets } from './secrets.ts';

it('gives every secret that is granted a value: one of the environment, or the stack’s own, or one of no worth', () => {
  const environment = { MILLRACE_SECRET_KeenWriteKey: 'real', MILLRACE_SECRET_CopyHashKey: '', KeenWriteKey: 'no' };
  expect(localSecrets({ workflows, triggers }, { SlackWebhookUrl: 'http://stand-in' }, environment)).toMatchObject({
    KeenWriteKey: 'real',
    CopyHashKey: 'local-CopyHashKey',
    CopySigningKey: 'local-CopySigningKey',
    SlackWebhookUrl: 'http://stand-in',
  });
});
