/**
 * Evaluates the alert rules of a project over its stream files, in event time.
 */
import { subscriber } from '@millrace/core/bus';
import { StreamFileReceived } from '@millrace/core/event';
import { evaluateFile } from '@millrace/core/rule';
import { systemClock } from '@millrace/core/runtime';
import { streams } from '@millrace/pipeline/streams';

export const handler = subscriber([StreamFileReceived], (event) =>
  evaluateFile(event, { ...streams, now: systemClock }),
);
