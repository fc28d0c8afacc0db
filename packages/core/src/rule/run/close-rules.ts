/**
 * The ticker's work on rule versions that are no longer in force: every episode they left open is resolved.
 */
import { concurrently, log, messageOf } from '../../runtime/index.ts';
import type { Layout } from '../../stream/index.ts';
import { type CompiledRule, compileRule } from '../collect/compile.ts';
import { parseRule } from '../definition/parse.ts';
import { dueClosings, type RuleClosing, watchOn } from '../manage/closing.ts';
import { isVersionInForce } from '../manage/repository.ts';
import { lastFormOf } from '../manage/revision.ts';
import { openGroups } from '../state/partition.ts';
import { closeGroup } from './evaluate-group.ts';
import { ruleOfGroup } from './health.ts';

const PARALLEL = 8;

/** Times in ms. */
export interface ClosingOptions {
  readonly now: number;
  readonly layout: Pick<Layout, 'intervalLength' | 'timePath'>;
  readonly idleTimeout: number;
}

/** Resolves what closed versions left open, and watches them on. Safe to run twice at once. @returns groups resolved. */
export async function closeRules(options: ClosingOptions): Promise<number> {
  let closed = 0;
  for (const closing of await dueClosings(options.now)) {
    try {
      closed += await close(closing, options);
      await watchOn(closing, options.now);
    } catch (caught) {
      const { rule, version } = closing;
      log.error('a rule version could not be closed; it is tried again in a minute', {
        rule,
        version,
        error: messageOf(caught),
      });
    }
  }
  return closed;
}

async function close(closing: RuleClosing, { now, layout, idleTimeout }: ClosingOptions): Promise<number> {
  if (await isVersionInForce(closing)) return 0; // the change that closes it was cut off, or is under way
  const groups = await openGroups(closing);
  if (groups.length === 0) return 0;
  const rule = await compiledForm(closing, layout);
  const { at, reason } = closing;
  await concurrently(groups, PARALLEL, (group) =>
    closeGroup(ruleOfGroup(rule, group), group, { at, reason, now, idleTimeout }),
  );
  return groups.length;
}

/** @throws InvalidRule where this version of Millrace cannot read it any more. */
async function compiledForm(closing: RuleClosing, layout: ClosingOptions['layout']): Promise<CompiledRule> {
  const { version } = closing;
  return compileRule({ rule: parseRule((await lastFormOf(closing, version)) ?? '{}'), version }, layout);
}
