/**
 * `pulumi up`: serves the engine's protocol on the loopback interface and runs the program against it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { UpCommand } from './command.ts';
import { Deployment } from './deployment.ts';
import { requireLoopback } from './endpoint.ts';
import { engineMethods, monitorMethods } from './monitor.ts';
import { loadPulumi, type Pulumi } from './pulumi.ts';

/** Bytes of a message: the largest carries every link of the app. */
const MESSAGE_LIMIT = 64 * 1024 * 1024;
/** Resources the program registers at once. */
const PARALLEL = '16';

/** @returns the exit code: 0 where everything the program asked for was made. */
export async function up(command: UpCommand, home: { folder: string; version: string }): Promise<number> {
  requireLoopback(process.env.AWS_ENDPOINT_URL);
  const program = programOf(home.folder);
  const pulumi = loadPulumi(program);
  const deployment = new Deployment(command, home);
  const server = new pulumi.grpc.Server({ 'grpc.max_receive_message_length': MESSAGE_LIMIT });
  server.addService(pulumi.monitorService.ResourceMonitorService, monitorMethods(pulumi, deployment));
  server.addService(pulumi.engineService.EngineService, engineMethods(pulumi, deployment));
  const address = `127.0.0.1:${await bind(server, pulumi)}`;
  const child = start(pulumi.runner, program, address, command);
  deployment.onFailure = () => child.kill();
  const code = await ended(child);
  server.forceShutdown();
  if (code !== 0 && !deployment.failed) deployment.fail(`the program ended with code ${code}`);
  deployment.end();
  return deployment.failed ? 1 : 0;
}

/** sst writes where the program is into the project file. */
function programOf(folder: string): string {
  const file = path.join(folder, 'Pulumi.yaml');
  const [, program] = /^main: (.+)$/m.exec(readFileSync(file, 'utf8')) ?? [];
  if (program === undefined) throw new Error(`${file} names no program`);
  return program;
}

function bind(server: InstanceType<Pulumi['grpc']['Server']>, { grpc }: Pulumi): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(port);
    });
  });
}

function start(runner: string, program: string, address: string, { stack, config }: UpCommand): ChildProcess {
  const where = ['--monitor', address, '--engine', address, '--pwd', process.cwd(), '--parallel', PARALLEL];
  const what = ['--organization', 'organization', '--project', stack.app, '--stack', stack.stage];
  return spawn(process.execPath, [runner, ...where, ...what, program], {
    env: { ...process.env, PULUMI_CONFIG: JSON.stringify(config), PULUMI_CONFIG_SECRET_KEYS: '[]' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => child.on('error', reject).on('close', (code) => resolve(code ?? 1)));
}
