/**
 * Attribution: which touches led to a conversion, and what each is credited with.
 *
 * definition/ what a team declares. record/ records read as conversions, touches, aliases and refunds. share/ visits, models
 * and exact shares; pure. lookback/ touches before conversions, in files or in the index. side/ files that bear upon
 * conversions of others: touches for the index, aliases, refunds, each in its newest version. run/ the attributor's and the
 * finisher's work. offline/ reports over a range.
 */

export { type Attribution, type AttributionDeclaration, defineAttributions } from './definition/definition.ts';
export type { Reach, Sessions } from './definition/reach.ts';
export type { Completeness } from './lookback/completeness.ts';
export { scanTouches } from './lookback/s3-store.ts';
export { makeReport, type ReportOptions } from './offline/make-report.ts';
export { type Report, type ReportRow, UNATTRIBUTED } from './offline/tally.ts';
export { type Channel, type Origin, originOf } from './record/channel.ts';
export type { Conversion } from './record/conversion.ts';
export { currencyExponent } from './record/currency.ts';
export { type Money, type MoneyReason, parseMoney } from './record/money.ts';
export type { Touch } from './record/touch.ts';
export * from './run/attribute-file.ts';
export { AttributedFile, type AttributionResult } from './run/attributed-file.ts';
export { finishAttributions } from './run/finish-attributions.ts';
export type { AttributionOptions } from './run/work.ts';
export { apportion } from './share/apportion.ts';
export {
  type Attributed,
  type AttributeInput,
  attribute,
  type Credit,
  MAX_TOUCHES,
} from './share/attribute.ts';
export type { Alias } from './share/identity.ts';
export type { Model, ModelInput } from './share/model.ts';
