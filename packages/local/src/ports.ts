/** Ports of a stack started without others given; 0 asks for any free one. */
export const DEFAULT_PORTS = {
  /** Where other processes find the stack. */
  control: 8480,
  dynamodb: 8481,
  /** S3, SQS and SNS. */
  storage: 8482,
  eventbridge: 8483,
  /** The Slack stand-in. */
  slack: 8484,
} as const;

export const CONTROL_PORT = DEFAULT_PORTS.control;

export type Ports = { readonly [service in keyof typeof DEFAULT_PORTS]: number };
