/**
 * The steps an enrichment is made of.
 */
import type * as z from 'zod';
import { compileHash, compileMask } from '../../change/index.ts';
import { unionByKind } from '../../runtime/index.ts';
import { CurrencyStep, compileCurrency } from '../lookup/currency.ts';
import { compileLookup, LookupStep } from '../lookup/lookup.ts';
import { compileSeries, SeriesStep } from '../lookup/series.ts';
import { CampaignStep, compileCampaign } from './campaign.ts';
import { ComputeStep, compileCompute, compileFunction, FunctionStep } from './compute.ts';
import { compileTruncateIp, HashStep, MaskStep, TruncateIpStep } from './conceal.ts';
import { compileDateTime, DateTimeStep } from './date-time.ts';
import type { Sharing } from './derive.ts';
import { compileFingerprint, FingerprintStep } from './fingerprint.ts';
import { compileIp, IpStep } from './ip.ts';
import { compileKeenAddons, KeenAddonsStep } from './keen-addons.ts';
import { compileReferrer, ReferrerStep } from './referrer.ts';
import { compileRequire, RequireStep } from './require.ts';
import { type CompiledStep, pure } from './step.ts';
import { compileTransformStep, TransformStep } from './transform.ts';
import { compileUrl, UrlStep } from './url.ts';
import { compileUserAgent, UserAgentStep } from './user-agent.ts';

export const Step = unionByKind({
  transform: TransformStep,
  'date-time': DateTimeStep,
  url: UrlStep,
  referrer: ReferrerStep,
  campaign: CampaignStep,
  'user-agent': UserAgentStep,
  ip: IpStep,
  'keen-addons': KeenAddonsStep,
  lookup: LookupStep,
  currency: CurrencyStep,
  series: SeriesStep,
  fingerprint: FingerprintStep,
  hash: HashStep,
  mask: MaskStep,
  'truncate-ip': TruncateIpStep,
  require: RequireStep,
  compute: ComputeStep,
  function: FunctionStep,
});
export type Step = z.output<typeof Step>;

/**
 * @param project whose reference tables and rules are meant where a step names none.
 * @param sharing whether records may share what it makes.
 */
export function compileStep(step: Step, project: string, sharing: Sharing): CompiledStep {
  switch (step.kind) {
    case 'transform':
      return pure(compileTransformStep(step));
    case 'date-time':
      return pure(compileDateTime(step, sharing));
    case 'url':
      return pure(compileUrl(step, sharing));
    case 'referrer':
      return pure(compileReferrer(step, sharing));
    case 'campaign':
      return pure(compileCampaign(step, sharing));
    case 'user-agent':
      return pure(compileUserAgent(step, sharing));
    case 'ip':
      return compileIp(step, sharing);
    case 'keen-addons':
      return compileKeenAddons(step);
    case 'lookup':
      return compileLookup(step, project);
    case 'currency':
      return compileCurrency(step, project);
    case 'series':
      return compileSeries(step, project);
    case 'fingerprint':
      return pure(compileFingerprint(step));
    case 'hash':
      return pure(compileHash(step));
    case 'mask':
      return pure(compileMask(step));
    case 'truncate-ip':
      return pure(compileTruncateIp(step));
    case 'require':
      return pure(compileRequire(step));
    case 'compute':
      return pure(compileCompute(step));
    case 'function':
      return pure(compileFunction(step));
  }
}
