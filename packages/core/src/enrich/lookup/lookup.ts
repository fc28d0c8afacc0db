/**
 * The lookup: an id in a record is replaced by what somebody has for it, or that is put beside it.
 */
import * as z from 'zod';
import { onFirstUse } from '../../runtime/index.ts';
import type { JsonValue } from '../../stream/index.ts';
import { elementPath, placeAt, replaceAt, type Site, sameElements, sitesOf } from '../step/element-path.ts';
import { type AskingStep, common, type Found, type Note, type Wanted } from '../step/step.ts';
import { asked, oneSource, sourceOf } from './source.ts';

export const LookupStep = onFirstUse(() =>
  z
    .strictObject({
      kind: z.literal('lookup'),
      ...asked,
      /** Where the ids are: text or numbers. */
      at: elementPath,
      /** Where what is found goes; default: in the id's place. */
      into: elementPath.optional(),
      /** What stands for an id that is not known. Without it, such an id is noted as `not_found`. */
      fallback: z.json().optional(),
      ...common,
    })
    .refine(...oneSource)
    .refine(({ at, into }) => into === undefined || sameElements(at, into), {
      message: '`into` has to start with the same steps as `at`, up to its last *',
      path: ['into'],
    }),
);
export type LookupStep = z.output<ReturnType<typeof LookupStep>>;

/** A path that is missing or null is no failure. */
export function compileLookup(step: LookupStep, project: string): AskingStep {
  const sites = sitesOf(step.at);
  const place = step.into === undefined || step.into === step.at ? replaceAt : placeAt(step.into);
  const source = sourceOf(step, project);
  const settle = (site: Site, found: Found | undefined, note: Note) => {
    const value = typeof found === 'object' ? found.value : found === 'not_found' ? step.fallback : undefined;
    if (value === undefined) note(site.path, found === 'lookup_failed' ? 'lookup_failed' : 'not_found');
    else if (!place(site, value)) note(site.path, 'path_blocked');
  };
  return {
    kind: 'asking',
    open: async (scope) => ({
      find: await source.open(scope),
      wanted: (record, note) => {
        const wanted: Wanted[] = [];
        for (const site of sites(record)) {
          if (site.value === null) continue;
          const id = idOf(site.value);
          if (id === undefined) note(site.path, 'not_an_id');
          else wanted.push({ ids: [id], settle: ([found], noting) => settle(site, found, noting) });
        }
        return wanted;
      },
    }),
  };
}

function idOf(value: JsonValue): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  return typeof value === 'number' ? String(value) : undefined;
}
