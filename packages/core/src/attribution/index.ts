export { apportion } from './apportion.ts';
export {
  type Attributed,
  type AttributeInput,
  attribute,
  type Credit,
  MAX_TOUCHES,
} from './attribute.ts';
export * from './attribute-file.ts';
export { AttributedFile, type AttributionResult } from './attributed-file.ts';
export { type Channel, type Origin, originOf } from './channel.ts';
export type { Completeness } from './completeness.ts';
export type { Conversion } from './conversion.ts';
export { currencyExponent } from './currency.ts';
export { type Attribution, type AttributionDeclaration, defineAttributions } from './definition.ts';
export { finishAttributions } from './finish-attributions.ts';
export type { Alias } from './identity.ts';
export type { Model, ModelInput } from './model.ts';
export { type Money, type MoneyReason, parseMoney } from './money.ts';
export { makeReport, type ReportOptions } from './offline/make-report.ts';
export { type Report, type ReportRow, UNATTRIBUTED } from './offline/tally.ts';
export type { Reach, Sessions } from './reach.ts';
export { scanTouches } from './s3-store.ts';
export { fold, openings } from './session.ts';
export type { Touch } from './touch.ts';
export type { AttributionOptions } from './work.ts';
