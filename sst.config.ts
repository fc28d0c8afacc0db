/// <reference path="./.sst/platform/config.d.ts" />

export default $config({
  app(input) {
    const production = input.stage === 'production';
    return {
      name: 'millrace',
      home: 'aws',
      removal: production ? 'retain' : 'remove',
      protect: production,
    };
  },
  async run() {
    await import('./infra/link.ts'); // before anything that could be linked
    await import('./infra/secret.ts');
    const { bus } = await import('./infra/bus.ts');
    const { streams, state } = await import('./infra/storage.ts');
    const { alerts, deliveries } = await import('./infra/alerts.ts');
    await import('./infra/workflows.ts');
    await import('./infra/triggers.ts');
    return {
      streams: streams.name,
      state: state.name,
      events: bus.name,
      alerts: alerts.arn,
      deliveries: deliveries.queue.url,
    };
  },
});
