/**
 * The campaign a visit belongs to, from the query of the page it began on:
 * `{"source":"newsletter","medium":"email","name":"spring","click_id":"…","network":"Google"}`.
 */
import * as z from 'zod';
import { clickIdOf } from '../../referral/index.ts';
import { onFirstUse } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { derivation, derive, remembered, type Sharing, samePlaces } from './derive.ts';
import { type Change, common, Unsuitable } from './step.ts';
import { parseWebAddress } from './web-address.ts';

const fields = ['source', 'medium', 'name', 'term', 'content', 'id'] as const;
type Field = (typeof fields)[number];

const names = z.array(z.string().min(1)).min(1);

/** Parameters by what they tell; the first that is there counts. */
const Parameters = z.strictObject({
  source: names.default(['utm_source']),
  medium: names.default(['utm_medium']),
  name: names.default(['utm_campaign']),
  term: names.default(['utm_term']),
  content: names.default(['utm_content']),
  id: names.default(['utm_id']),
});

export const CampaignStep = onFirstUse(() =>
  z
    .strictObject({
      kind: z.literal('campaign'),
      ...derivation,
      parameters: Parameters.prefault({}),
      ...common,
    })
    .refine(...samePlaces),
);

/** Nothing is added where the page's URL tells of no campaign. */
export function compileCampaign(step: z.output<ReturnType<typeof CampaignStep>>, sharing: Sharing): Change {
  const campaign = remembered((text) => {
    const url = parseWebAddress(text);
    return url instanceof Unsuitable ? url : campaignOf(url.searchParams, step.parameters);
  }, sharing);
  return derive(step, campaign);
}

function campaignOf(query: URLSearchParams, parameters: Readonly<Record<Field, readonly string[]>>) {
  const campaign: JsonObject = {};
  for (const field of fields) {
    const value = parameters[field].map((name) => query.get(name)).find((text) => text);
    if (value) campaign[field] = value;
  }
  const click = clickIdOf(query);
  if (click !== undefined) {
    campaign.click_id = query.get(click.parameter);
    campaign.network = click.network;
  }
  return Object.keys(campaign).length === 0 ? undefined : campaign;
}
