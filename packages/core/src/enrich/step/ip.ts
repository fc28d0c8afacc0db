/**
 * Where an IP address is and whose network it is in, from databases in MaxMind's format.
 */
import * as z from 'zod';
import { onFirstUse } from '../../runtime/index.ts';
import { type Derived, derivation, derive, remembered, type Sharing, samePlaces } from './derive.ts';
import { plainIp } from './ip-address.ts';
import { database, type OpenDatabase } from './ip-database.ts';
import { networkOf, placeOf } from './place.ts';
import { type Change, common, type PreparedStep, unsuitable } from './step.ts';

export const IpStep = onFirstUse(() =>
  z
    .strictObject({
      kind: z.literal('ip'),
      ...derivation,
      /** A City or Country database. */
      places: database.optional(),
      /** An ASN or ISP database. */
      networks: database.optional(),
      ...common,
    })
    .refine(...samePlaces)
    .refine(({ places, networks }) => places !== undefined || networks !== undefined, 'name places, networks or both'),
);

/** Of an address the databases do not know, as a private one, nothing is added. */
export function compileIp(step: z.output<ReturnType<typeof IpStep>>, sharing: Sharing): PreparedStep {
  let known: { readonly from: readonly (OpenDatabase | undefined)[]; readonly change: Change } | undefined;
  return {
    kind: 'prepared',
    prepare: async (scope) => {
      const from = await Promise.all([step.places?.open(scope), step.networks?.open(scope)]);
      // what was found in the same databases stays true from file to file
      if (known?.from.every((one, index) => one === from[index]) !== true) {
        known = {
          from,
          change: derive(
            step,
            remembered((text) => found(text, from), sharing),
          ),
        };
      }
      return known.change;
    },
  };
}

function found(text: string, [places, networks]: readonly (OpenDatabase | undefined)[]): Derived {
  const ip = plainIp(text);
  if (ip === undefined) return unsuitable('not_an_ip');
  const place = places === undefined ? undefined : placeOf(places, ip);
  const network = networks === undefined ? undefined : networkOf(networks, ip);
  if (place === undefined && network === undefined) return undefined;
  return { ...place, ...(network === undefined ? {} : { network }) };
}
