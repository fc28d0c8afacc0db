/**
 * An attribution report as people read it, and as spreadsheets do. Pure text.
 */
import { currencyExponent, type Report, type ReportRow } from '@millrace/core/attribution';
import { plural, section } from '../report.ts';

/** For each currency a table: channels down, models across, the sum below. */
export function reportTable({ rows, conversions, journeys, removalEffects, conversionProbability }: Report): string {
  const models = [...new Set(rows.map(({ model }) => model))];
  const tables = [...new Set(rows.map(({ currency }) => currency))].sort().map((currency) => {
    const own = rows.filter((row) => row.currency === currency);
    const body = channelsOf(own).map((channel) => {
      const cells = models.map((model) => amount(sum(own, { model, channel }), currency));
      return [channel, ...cells];
    });
    const total = models.map((model) => amount(sum(own, { model }), currency));
    return section(currency, aligned([['channel', ...models], ...body, ['total', ...total]]));
  });
  const effects = [...removalEffects].map(([channel, effect]) => [channel, percent(effect)]);
  return [
    `${plural(conversions, 'conversion')} in ${plural(journeys, 'journey')}\n`,
    ...tables,
    section(`Lost without a channel, of the ${percent(conversionProbability)} of journeys that convert`, effects),
  ].join('\n');
}

/** A line for each row, amounts as decimals; RFC 4180. Models are named by the team. */
export function reportCsv({ rows }: Pick<Report, 'rows'>): string {
  const lines = rows.map(({ model, channel, currency, value }) =>
    [model, channel, currency, amount(value, currency)].map(field).join(','),
  );
  return `${['model,channel,currency,value', ...lines].join('\r\n')}\r\n`;
}

/** A name that a spreadsheet would take for a formula is text. */
function field(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function channelsOf(rows: readonly ReportRow[]): ReportRow['channel'][] {
  const value = (channel: ReportRow['channel']) => sum(rows, { channel });
  return [...new Set(rows.map(({ channel }) => channel))].sort(
    (a, b) => Number(value(b) - value(a)) || (a < b ? -1 : 1),
  );
}

function sum(rows: readonly ReportRow[], of: Partial<Pick<ReportRow, 'model' | 'channel'>>): bigint {
  return rows
    .filter((row) => (of.model ?? row.model) === row.model && (of.channel ?? row.channel) === row.channel)
    .reduce((total, { value }) => total + value, 0n);
}

/** Minor units as a decimal. */
function amount(value: bigint, currency: string): string {
  const decimals = currencyExponent(currency) ?? 0;
  const digits = String(value < 0n ? -value : value).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  return `${value < 0n ? '-' : ''}${whole}${decimals === 0 ? '' : `.${digits.slice(-decimals)}`}`;
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

/** Numbers, all but the first column, to the right. */
function aligned(rows: readonly (readonly string[])[]): string[][] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => (column === 0 ? cell : cell.padStart(widths[column] ?? 0))));
}
