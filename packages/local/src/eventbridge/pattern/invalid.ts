import { MillraceError } from '@millrace/core/runtime';

/** A pattern EventBridge refuses; the message names the field. The endpoint answers InvalidEventPatternException. */
export class InvalidPattern extends MillraceError {
  constructor(path: readonly string[], reason: string) {
    const where = path.length === 0 ? '' : ` at "${path.join('.')}"`;
    super('invalid_event_pattern', `Event pattern is not valid. Reason: ${reason}${where}`, { retryable: false });
  }
}
