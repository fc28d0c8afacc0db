/**
 * What `millrace rules` can do. Whatever reads the stage's resources is imported when it runs, after the connection.
 */
import type { Difference, RuleChange } from '@millrace/core/rule';
import { type Arguments, UsageError } from '../arguments.ts';

interface Action {
  /** Whether it talks to a stage. */
  readonly stage: boolean;
  /** @returns the exit code. */
  run(given: Arguments): Promise<number>;
}

export const actions: Readonly<Record<string, Action>> = {
  apply: { stage: true, run: apply },
  list: { stage: true, run: list },
  show: { stage: true, run: show },
  enable: { stage: true, run: (given) => toggle(given, true) },
  disable: { stage: true, run: (given) => toggle(given, false) },
  test: { stage: false, run: test },
  backtest: { stage: true, run: backtest },
};

const print = (text: string) => void process.stdout.write(text);

function ruleId({ positionals: [action, id] }: Arguments): string {
  if (id === undefined) throw new UsageError(`RULE is missing: millrace rules ${action} RULE`);
  return id;
}

async function apply(given: Arguments): Promise<number> {
  const { applyPipelineRules, planPipelineRules } = await import('../stage/rules.ts');
  const prune = given.has('prune');
  const changes = (await planPipelineRules()).filter(({ change }) => change !== 'unchanged');
  for (const change of changes) print(changeText(change, prune));
  const wanted = changes.filter(({ change }) => prune || change !== 'retired');
  if (wanted.length === 0) print('nothing to change\n');
  if (wanted.length > 0 && !given.has('dry-run')) {
    await applyPipelineRules({ prune });
    print(`applied: ${wanted.length} of these; takes effect within 30 seconds\n`);
  }
  return 0;
}

function changeText(change: RuleChange, prune: boolean): string {
  const { project, id, version, ends, differences } = change;
  if (change.change === 'retired' && !prune)
    return `  ${project}/${id} v${version}: kept, though packages/pipeline has it no more (--prune retires it)\n`;
  const end = ends === undefined ? '' : `; open alerts of v${ends} resolve`;
  const lines =
    change.change === 'created' ? [] : differences.map((difference) => `      ${differenceText(difference)}\n`);
  return `  ${project}/${id} v${version}: ${change.change}${end}\n${lines.join('')}`;
}

function differenceText({ path, before, after }: Difference): string {
  const text = (value: unknown) => (value === undefined ? '(absent)' : JSON.stringify(value).slice(0, 200));
  return `${path}: ${text(before)} → ${text(after)}`;
}

async function list(given: Arguments): Promise<number> {
  const { rulesInForce } = await import('../stage/rules.ts');
  const { section } = await import('../report.ts');
  const rows = (await rulesInForce(given.get('project'))).map(({ rule, version }) => [
    rule.project,
    `${rule.id} v${version}`,
    rule.enabled ? rule.severity : 'disabled',
    rule.stage === 'staging' ? `${rule.name} (staging: tells nobody)` : rule.name,
  ]);
  print(rows.length > 0 ? section('Rules', rows) : 'no rules; apply them with: pnpm millrace rules apply\n');
  return 0;
}

async function show(given: Arguments): Promise<number> {
  const { storedRule } = await import('../stage/rules.ts');
  const { ruleHistory } = await import('@millrace/core/rule');
  const { section } = await import('../report.ts');
  const { rule, version } = await storedRule(ruleId(given), given.get('project'));
  print(`${JSON.stringify(rule, undefined, 2)}\n\n`);
  const history = await ruleHistory(rule.project, rule.id);
  const rows = history.map((form) => [`v${form.version}`, form.change, new Date(form.at).toISOString()]);
  print(section(`History (now v${version}${rule.enabled ? '' : ', disabled'})`, rows));
  return 0;
}

async function toggle(given: Arguments, enabled: boolean): Promise<number> {
  const { storedRule } = await import('../stage/rules.ts');
  const { enableRule } = await import('@millrace/core/rule');
  const { rule } = await storedRule(ruleId(given), given.get('project'));
  const change = await enableRule(rule.project, rule.id, enabled);
  const name = `${rule.project}/${rule.id}`;
  print(
    change.change === 'unchanged'
      ? `${name} is ${enabled ? 'enabled' : 'disabled'} already\n`
      : changeText(change, true),
  );
  return 0;
}

async function test(given: Arguments): Promise<number> {
  const { pipelineRules } = await import('../stage/rules.ts');
  const { testRule } = await import('@millrace/core/rule');
  const { streams } = await import('@millrace/pipeline/streams');
  const { plural } = await import('../report.ts');
  const [, id] = given.positionals;
  const rules = pipelineRules(id, given.get('project'));
  if (rules.length === 0) throw new UsageError(`packages/pipeline has no rule ${id ?? ''}`);
  let failed = 0;
  for (const rule of rules) {
    const results = testRule(rule, streams.layout);
    print(
      `${rule.project}/${rule.id}: ${results.length === 0 ? 'carries no tests' : plural(results.length, 'test')}\n`,
    );
    for (const { name, problems } of results) {
      print(
        `  ${problems.length === 0 ? '✓' : '✗'} ${name}\n${problems.map((problem) => `      ${problem}\n`).join('')}`,
      );
      if (problems.length > 0) failed++;
    }
  }
  if (failed > 0) print(`${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

async function backtest(given: Arguments): Promise<number> {
  const stage = await import('../stage/rules.ts');
  const core = await import('@millrace/core/rule');
  const { streams } = await import('@millrace/pipeline/streams');
  const { plural, section } = await import('../report.ts');
  const id = ruleId(given);
  const period = { from: time(given, 'from'), to: time(given, 'to') };
  const declared = stage.pipelineRules(id, given.get('project'));
  const rule =
    declared.length > 0
      ? stage.only(declared, id, (one) => one)
      : (await stage.storedRule(id, given.get('project'))).rule;
  const tested = await core.backtest(rule, { ...period, layout: streams.layout });
  if (given.has('json')) {
    print(`${JSON.stringify(tested)}\n`);
    return 0;
  }
  const rows = tested.episodes.map(({ raised, resolved }) => [
    Object.values(raised.partition).join(' ') || '*',
    raised.startedAt,
    resolved?.resolvedAt ?? 'still firing',
    raised.summary,
  ]);
  print(`${plural(tested.records, 'record')} in ${plural(tested.files, 'file')}\n`);
  print(rows.length > 0 ? section('Episodes', rows) : 'it would have raised nothing\n');
  return 0;
}

function time(given: Arguments, option: string): number {
  const text = given.require(option);
  const at = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}.*(Z|[+-]\d{2}:?\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new UsageError(`--${option} "${text}" is no time; write it as 2026-03-02T09:00Z`);
  return at;
}
