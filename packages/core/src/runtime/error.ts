/**
 * The base of every error Millrace throws: a stable `code` for programs, a message that says what to do for people.
 */
export class MillraceError extends Error {
  readonly code: string;
  /** False where trying again cannot help: such work goes to the dead-letter queue at once. */
  readonly retryable: boolean;

  constructor(code: string, message: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = options.retryable ?? true;
  }
}

/**
 * The work a message asks for is no longer wanted, because a newer message asks for what replaces it (a file was
 * overwritten): the message is done, and nothing failed.
 */
export class ObsoleteWork extends MillraceError {
  constructor(code: string, message: string) {
    super(code, message, { retryable: false });
  }
}

/** Something is missing or wrong in how the function was deployed or configured; a person has to change that. */
export class ConfigurationError extends MillraceError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('configuration', message, options);
  }
}

/** What a caught value says: its message where it is an error, itself as text where it is not. */
export function messageOf(caught: unknown): string {
  return caught instanceof Error ? caught.message : String(caught);
}

/** The `name` of a caught error (AWS SDK errors are told apart by it), or the empty string. */
export function nameOf(caught: unknown): string {
  return caught instanceof Error ? caught.name : '';
}
