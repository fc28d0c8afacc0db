import { MillraceError } from '@millrace/core/runtime';

/** A request refused as AWS refuses it: `code` is the exception the SDK will throw, by name. */
export class Refused extends MillraceError {
  constructor(code: string, message: string) {
    super(code, message, { retryable: false });
  }
}

export const validation = (message: string) => new Refused('ValidationException', message);
export const notFound = (message: string) => new Refused('ResourceNotFoundException', message);
