/**
 * The one logger: a JSON object a line on standard output, as CloudWatch Logs Insights reads it.
 * Log what was counted and where it lies; never a record, a secret or a whole event.
 */
import { currentTrace } from './trace.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';
type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>;

const order: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

function threshold(): number {
  const wanted = process.env.MILLRACE_LOG_LEVEL;
  return Object.entries(order).find(([level]) => level === wanted)?.[1] ?? order.info;
}

function write(level: Level, message: string, fields: Fields = {}): void {
  if (order[level] < threshold()) return;
  const time = new Date().toISOString();
  const line = { level, time, function: process.env.AWS_LAMBDA_FUNCTION_NAME, message, traceId: currentTrace() };
  process.stdout.write(`${JSON.stringify({ ...line, ...fields })}\n`);
}

export const log = {
  debug: (message: string, fields?: Fields) => write('debug', message, fields),
  info: (message: string, fields?: Fields) => write('info', message, fields),
  warn: (message: string, fields?: Fields) => write('warn', message, fields),
  error: (message: string, fields?: Fields) => write('error', message, fields),
};
