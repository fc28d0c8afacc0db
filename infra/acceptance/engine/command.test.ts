import { describe, expect, it } from 'vitest';
import { parseCommand } from './command.ts';

const stack = { app: 'millrace', stage: 'acceptance' };
const up = ['up', '--yes', '-f', '--stack', 'organization/millrace/acceptance', '--non-interactive'];
const eventLog = ['--event-log', '/tmp/events.json'];

describe('parseCommand', () => {
  it.each([
    [['version'], { name: 'version' }],
    [['stack', 'init', 'organization/millrace/acceptance'], { name: 'stack init', stack }],
    [
      [...up, ...eventLog, '--config', 'aws:region=us-east-1', '--config', 'aws:defaultTags={"a":"b=c"}'],
      {
        name: 'up',
        stack,
        eventLog: '/tmp/events.json',
        config: { 'aws:region': 'us-east-1', 'aws:defaultTags': '{"a":"b=c"}' },
      },
    ],
  ])('goes along with %j', (args, command) => {
    expect(parseCommand(args)).toEqual(command);
  });

  it.each([
    [[], '"version", "stack init" and "up"'],
    [['preview', ...up.slice(1), ...eventLog], 'not "preview'],
    [['destroy', '--yes'], 'not "destroy'],
    [['refresh', '--yes'], 'not "refresh'],
    [['stack', 'rm', 'organization/millrace/acceptance'], 'not "stack rm'],
    [['version', '--json'], 'not "version --json'],
    [[...up, ...eventLog, '--target', 'urn:pulumi:x'], '--target'],
    [[...up, ...eventLog, '--refresh'], '--refresh'],
    [up, '--event-log'],
    [['stack', 'init', 'acceptance'], 'organization/<app>/<stage>'],
    [[...up, ...eventLog, '--config', 'aws:region'], 'key=value'],
  ])('refuses %j', (args, reason) => {
    expect(() => parseCommand(args)).toThrow(reason);
  });
});
