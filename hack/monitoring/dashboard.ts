import { dataplaneRows } from './dashboard-dataplane.ts';
import { datasourceVariable, labelVariable, type Panel, placePanels, type Row } from './panels.ts';

const stat = (
  title: string,
  expr: string,
  more: Omit<Partial<Panel>, 'queries'> & { readonly description: string },
): Panel => ({
  ...{ kind: 'stat', title, width: 4, queries: [{ expr }] },
  ...more,
});

const overview: Row = {
  title: 'Overview',
  panels: [
    stat('Gateways programmed', 'max(sallyport_gateways{state="Programmed"})', {
      description: 'Gateways whose owner holds their addresses.',
    }),
    stat(
      'Gateways with a problem',
      'count(max by (gateway_namespace, gateway_name) (sallyport_gateway_problem)) or vector(0)',
      {
        description: 'Not accepted, not programmed, degraded, with a conflict or a path that is not verified.',
        redFrom: 1,
      },
    ),
    stat('Groups without owner', 'count(max by (group) (sallyport_failover_group_owner) == 0) or vector(0)', {
      description: 'Failover groups whose addresses nobody holds.',
      redFrom: 1,
    }),
    stat('Groups with two owners', 'count(count by (group) (sallyport_failover_group_owner == 1) > 1) or vector(0)', {
      description: 'Failover groups whose addresses are on two nodes.',
      redFrom: 1,
    }),
    stat('Nodes not converging', 'count(sallyport_agent_data_plane_ready == 0) or vector(0)', {
      description: 'Nodes whose kernel is not what the plan says.',
      redFrom: 1,
    }),
    stat('Guard drops, 24 h', 'sum(increase(sallyport_guard_dropped_packets_total[24h])) or vector(0)', {
      description: 'Packets that would have left with a wrong source. Anything but 0 is to be looked at.',
      redFrom: 1,
    }),
    {
      ...{ kind: 'table', title: 'Problems of Gateways', width: 24 },
      description: 'As the conditions of the Gateways say, at most 200 by name.',
      queries: [
        {
          expr: 'max by (gateway_namespace, gateway_name, problem, reason) (sallyport_gateway_problem)',
          instant: true,
        },
      ],
    },
  ],
};

const chosen = 'gateway_namespace=~"$namespace",gateway_name=~"$gateway"';
const byGateway = '{{gateway_namespace}}/{{gateway_name}}';

const gateways: Row = {
  title: 'Gateways',
  panels: [
    {
      ...{ kind: 'timeseries', title: 'Sent to the outside', width: 12, unit: 'Bps' },
      description: 'Bytes that left with addresses of the Gateway.',
      queries: [
        {
          expr: `sum by (gateway_namespace, gateway_name) (rate(sallyport_gateway_bytes_total{direction="sent",${chosen}}[$__rate_interval]))`,
          legend: byGateway,
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Received from the outside', width: 12, unit: 'Bps' },
      description: 'Bytes that came for addresses of the Gateway, also those that belong to no flow.',
      queries: [
        {
          expr: `sum by (gateway_namespace, gateway_name) (rate(sallyport_gateway_bytes_total{direction="received",${chosen}}[$__rate_interval]))`,
          legend: byGateway,
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Packets', width: 12, unit: 'pps' },
      description: 'Packets of both directions.',
      queries: [
        {
          expr: `sum by (gateway_namespace, gateway_name, direction) (rate(sallyport_gateway_packets_total{${chosen}}[$__rate_interval]))`,
          legend: `${byGateway} {{direction}}`,
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Flows', width: 12 },
      description: "Flows in the owners' connection tracking.",
      queries: [
        { expr: `sum by (gateway_namespace, gateway_name) (sallyport_gateway_flows{${chosen}})`, legend: byGateway },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Pods', width: 12 },
      description: 'Pods that routes of the Gateway select, on all nodes.',
      queries: [
        { expr: `sum by (gateway_namespace, gateway_name) (sallyport_gateway_pods{${chosen}})`, legend: byGateway },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Source ports in use', width: 12, unit: 'percentunit' },
      description:
        'Of one address towards one destination, port and protocol; at 100 % new flows to there are dropped.',
      queries: [
        {
          expr: `max by (gateway_namespace, gateway_name) (sallyport_gateway_ports_used{${chosen}}) / 64512`,
          legend: byGateway,
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Nodes whose probes fail', width: 12 },
      description: 'Nodes that use the Gateway and whose own probes through it are not seen as they should be.',
      queries: [
        {
          expr: `sum by (gateway_namespace, gateway_name) (1 - sallyport_probe_verified{${chosen}})`,
          legend: byGateway,
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: "Probes' round trip", width: 12, unit: 's' },
      description: 'The longest of all nodes.',
      queries: [
        {
          expr: `max by (gateway_namespace, gateway_name) (sallyport_probe_round_trip_seconds{${chosen}})`,
          legend: byGateway,
        },
      ],
    },
  ],
};

const controlPlane: Row = {
  title: 'Control plane',
  panels: [
    {
      ...{ kind: 'timeseries', title: 'Gateways by state', width: 8 },
      description: 'Programmed, or the reason why not.',
      queries: [{ expr: 'max by (state) (sallyport_gateways)', legend: '{{state}}' }],
    },
    {
      ...{ kind: 'timeseries', title: 'Routes by state', width: 8 },
      description: 'Accepted and programmed, accepted alone, refused, not judged yet.',
      queries: [{ expr: 'max by (kind, state) (sallyport_routes)', legend: '{{kind}} {{state}}' }],
    },
    {
      ...{ kind: 'timeseries', title: 'Free addresses', width: 8 },
      description: 'By pool.',
      queries: [{ expr: 'max by (pool) (sallyport_pool_addresses{state="free"})', legend: '{{pool}}' }],
    },
    {
      ...{ kind: 'timeseries', title: 'Reconcile', width: 8, unit: 's' },
      description: 'From a snapshot until all that is urgent is written and seen again; the compile alone.',
      queries: [
        {
          expr: 'histogram_quantile(0.99, sum by (le) (rate(sallyport_reconcile_duration_seconds_bucket[$__rate_interval])))',
          legend: 'reconcile p99',
        },
        {
          expr: 'histogram_quantile(0.99, sum by (le) (rate(sallyport_compile_duration_seconds_bucket[$__rate_interval])))',
          legend: 'compile p99',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Queues', width: 8 },
      description: 'Changes that wait for the next reconcile; statuses of routes that wait to be written.',
      queries: [
        { expr: 'sum(sallyport_reconcile_pending_changes)', legend: 'changes' },
        { expr: 'sum(sallyport_route_statuses_waiting)', legend: 'route statuses' },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Writes that were tried again', width: 8, unit: 'reqps' },
      description: 'Stale: somebody else was faster.',
      queries: [
        {
          expr: 'sum by (kind, outcome) (rate(sallyport_writes_total{outcome!="written"}[$__rate_interval]))',
          legend: '{{kind}} {{outcome}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Requests to the API server', width: 12, unit: 'reqps' },
      description: 'Of all processes, by code; 0: no answer.',
      queries: [{ expr: 'sum by (code) (rate(sallyport_api_requests_total[$__rate_interval]))', legend: '{{code}}' }],
    },
    {
      ...{ kind: 'timeseries', title: 'Answers of the API server', width: 12, unit: 's' },
      description: 'Time until it answered.',
      queries: [
        {
          expr: 'histogram_quantile(0.99, sum by (le, verb) (rate(sallyport_api_request_duration_seconds_bucket[$__rate_interval])))',
          legend: '{{verb}} p99',
        },
      ],
    },
  ],
};

/** config/monitoring/dashboard.json: Grafana 10 and later. */
export function renderDashboard(): string {
  const dashboard = {
    uid: 'sallyport',
    title: 'Sallyport',
    description:
      'Egress gateways: what they carry, how they move, what is dropped. Alerts and what to do: docs/operations.md.',
    tags: ['sallyport', 'egress'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    timezone: 'browser',
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    annotations: { list: [] },
    templating: {
      list: [
        datasourceVariable,
        labelVariable('namespace', 'gateway_namespace', 'sallyport_gateway_owned'),
        labelVariable('gateway', 'gateway_name', 'sallyport_gateway_owned{gateway_namespace=~"$namespace"}'),
      ],
    },
    panels: placePanels([overview, gateways, ...dataplaneRows, controlPlane]),
  };
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}
