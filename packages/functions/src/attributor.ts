/** Finds the touches that led to each conversion and shares its value among them. */
import { attributeFile } from '@millrace/core/attribution';
import { subscriber } from '@millrace/core/bus';
import { StreamFileReceived } from '@millrace/core/event';
import { attributions } from '@millrace/pipeline/attributions';
import { streams } from '@millrace/pipeline/streams';

export const handler = subscriber([StreamFileReceived], (event) => attributeFile(event, { attributions, ...streams }));
