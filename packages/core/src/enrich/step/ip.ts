/**
 * Where an IP address is and whose network it is in, from databases in MaxMind's format.
 */
import * as z from 'zod';
import { derivation, derive, remembered, type Sharing, samePlaces } from './derive.ts';
import { plainIp } from './ip-address.ts';
import { database } from './ip-database.ts';
import { networkOf, placeOf } from './place.ts';
import { common, type PreparedStep, unsuitable } from './step.ts';

export const IpStep = z
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
  .refine(({ places, networks }) => places !== undefined || networks !== undefined, 'name places, networks or both');

/** Of an address the databases do not know, as a private one, nothing is added. */
export function compileIp(step: z.output<typeof IpStep>, sharing: Sharing): PreparedStep {
  return {
    kind: 'prepared',
    prepare: async () => {
      const [places, networks] = await Promise.all([step.places?.open(), step.networks?.open()]);
      return derive(
        step,
        remembered((text) => {
          const ip = plainIp(text);
          if (ip === undefined) return unsuitable('not_an_ip');
          const place = places === undefined ? undefined : placeOf(places, ip);
          const network = networks === undefined ? undefined : networkOf(networks, ip);
          if (place === undefined && network === undefined) return undefined;
          return { ...place, ...(network === undefined ? {} : { network }) };
        }, sharing),
      );
    },
  };
}
