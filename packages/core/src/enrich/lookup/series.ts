/**
 * The current value of a rule's series for the record's partition, "how many in the past hour": what the rule had measured
 * over the windows that ended by the beginning of the record's file. So the records of a file all see the same, whenever it
 * is enriched, once the rules have seen the files before it.
 */
import * as z from 'zod';
import { MINUTE, milliseconds, onFirstUse } from '../../runtime/index.ts';
import { elementPath, placeInRecord } from '../step/element-path.ts';
import { type AskingStep, common, type FileScope, type OpenSeries, type SeriesPort } from '../step/step.ts';

/** As long as the files of a stream are remembered by its rules. */
const LONGEST = '7d';

export const SeriesStep = onFirstUse(() =>
  z.strictObject({
    kind: z.literal('series'),
    from: z.custom<SeriesPort>(
      (value) => typeof value === 'object' && value !== null && 'open' in value && typeof value.open === 'function',
      'is ruleSeries(streams)',
    ),
    /** Id of the rule, and the project it is of; default: the enrichment's. */
    rule: z.string().min(1).max(128),
    project: z.string().min(1).max(256).optional(),
    /** How far back. */
    over: z
      .string()
      .regex(/^\d+[mhd]$/, 'is a duration such as 1h')
      .refine(
        (text) => milliseconds(text) >= MINUTE && milliseconds(text) <= milliseconds(LONGEST),
        `from 1m to ${LONGEST}`,
      ),
    into: elementPath.refine((path) => !path.includes('*'), 'name a property without *'),
    ...common,
  }),
);
export type SeriesStep = z.output<ReturnType<typeof SeriesStep>>;

/** A record without a partition of the rule gets no value, and neither does one whose partition has none. */
export function compileSeries({ from, rule, project, over, into }: SeriesStep, ownProject: string): AskingStep {
  const place = placeInRecord(into);
  const open = ({ file }: FileScope): Promise<OpenSeries> => {
    const until = Date.parse(file.interval);
    return from.open({ project: project ?? ownProject, rule, from: until - milliseconds(over), until });
  };
  return {
    kind: 'asking',
    open: async (scope) => {
      const series = await open(scope);
      return {
        find: async (partitions) => ({ found: await series.read(partitions), failed: new Set() }),
        wanted: (record) => {
          const partition = series.partitionOf(record);
          if (partition === undefined) return [];
          return [
            {
              ids: [partition],
              settle: ([found], note) => {
                if (typeof found === 'object' && !place(record, found.value)) note(into, 'path_blocked');
              },
            },
          ];
        },
      };
    },
  };
}
