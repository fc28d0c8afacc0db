/**
 * The protocol between Pulumi's programs and its engine, as the platform of SST has it: the version that the program
 * itself speaks.
 */
import { createRequire } from 'node:module';
import type * as Grpc from '../../../.sst/platform/node_modules/@grpc/grpc-js/build/src/index.js';
import type * as EngineService from '../../../.sst/platform/node_modules/@pulumi/pulumi/proto/engine_grpc_pb.js';
import type * as Engine from '../../../.sst/platform/node_modules/@pulumi/pulumi/proto/engine_pb.js';
import type * as Provider from '../../../.sst/platform/node_modules/@pulumi/pulumi/proto/provider_pb.js';
import type * as MonitorService from '../../../.sst/platform/node_modules/@pulumi/pulumi/proto/resource_grpc_pb.js';
import type * as Monitor from '../../../.sst/platform/node_modules/@pulumi/pulumi/proto/resource_pb.js';
import type * as Empty from '../../../.sst/platform/node_modules/@types/google-protobuf/google/protobuf/empty_pb.js';
import type * as Struct from '../../../.sst/platform/node_modules/@types/google-protobuf/google/protobuf/struct_pb.js';

export type { Engine, Grpc, Monitor };

export interface Pulumi {
  readonly grpc: typeof Grpc;
  readonly monitor: typeof Monitor;
  readonly monitorService: typeof MonitorService;
  readonly engine: typeof Engine;
  readonly engineService: typeof EngineService;
  readonly provider: typeof Provider;
  readonly Empty: typeof Empty.Empty;
  readonly Struct: typeof Struct.Struct;
  /** The script of Pulumi's own that runs a program. */
  readonly runner: string;
}

/** @param program lies in the platform, so its modules are those of the platform. */
export function loadPulumi(program: string): Pulumi {
  const load = createRequire(program);
  return {
    grpc: load('@grpc/grpc-js'),
    monitor: load('@pulumi/pulumi/proto/resource_pb.js'),
    monitorService: load('@pulumi/pulumi/proto/resource_grpc_pb.js'),
    engine: load('@pulumi/pulumi/proto/engine_pb.js'),
    engineService: load('@pulumi/pulumi/proto/engine_grpc_pb.js'),
    provider: load('@pulumi/pulumi/proto/provider_pb.js'),
    Empty: load('google-protobuf/google/protobuf/empty_pb.js').Empty,
    Struct: load('google-protobuf/google/protobuf/struct_pb.js').Struct,
    runner: load.resolve('@pulumi/pulumi/cmd/run'),
  };
}
