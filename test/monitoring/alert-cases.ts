/** Series by what promtool calls them (`name{label="x"}`) and their values, one every 30 s (`0+1x20`: 21 values that grow by 1). */
export type Series = Readonly<Record<string, string>>;

export interface AlertCase {
  readonly alert: string;
  /** It fires with these labels, after its `for` and not before; `at`: where the expression needs some history, in seconds. */
  readonly fires: { readonly series: Series; readonly labels: Readonly<Record<string, string>>; readonly at?: number };
  /** It never fires with any of these. */
  readonly quiet: readonly Series[];
}

const shop = 'gateway_namespace="shop",gateway_name="partners"';
const ofShop = { gateway_namespace: 'shop', gateway_name: 'partners' };
const node = 'instance="192.0.2.11:8481"';
const ofNode = { instance: '192.0.2.11:8481' };
const problem = (kind: string, reason: string) =>
  `sallyport_gateway_problem{${shop},problem="${kind}",reason="${reason}"}`;

const gateways: readonly AlertCase[] = [
  {
    alert: 'SallyportGroupWithoutOwner',
    fires: {
      series: {
        'sallyport_failover_group_owner{group="1",instance="a"}': '0x40',
        'sallyport_failover_group_owner{group="1",instance="b"}': '0x40',
      },
      labels: { group: '1' },
    },
    quiet: [
      {
        'sallyport_failover_group_owner{group="1",instance="a"}': '0x40',
        'sallyport_failover_group_owner{group="1",instance="b"}': '1x40',
        // A failover: for one scrape nobody has it.
        'sallyport_failover_group_owner{group="2",instance="a"}': '1x9 0x30',
        'sallyport_failover_group_owner{group="2",instance="b"}': '0x10 1x29',
      },
    ],
  },
  {
    alert: 'SallyportGroupTwoOwners',
    fires: {
      series: {
        'sallyport_failover_group_owner{group="3",instance="a"}': '1x40',
        'sallyport_failover_group_owner{group="3",instance="b"}': '1x40',
      },
      labels: { group: '3' },
    },
    quiet: [
      {
        // The same node, scraped by two jobs.
        'sallyport_failover_group_owner{group="3",instance="a",job="x"}': '1x40',
        'sallyport_failover_group_owner{group="3",instance="a",job="y"}': '1x40',
        // Two clusters in one Prometheus.
        'sallyport_failover_group_owner{group="4",instance="a",cluster="x"}': '1x40',
        'sallyport_failover_group_owner{group="4",instance="b",cluster="y"}': '1x40',
        // A move: for one scrape it seems to be on both.
        'sallyport_failover_group_owner{group="5",instance="a"}': '1x10 0x29',
        'sallyport_failover_group_owner{group="5",instance="b"}': '0x9 1x30',
      },
    ],
  },
  {
    alert: 'SallyportGatewayNotProgrammed',
    fires: { series: { [problem('NotProgrammed', 'Pending')]: '1x40' }, labels: ofShop },
    quiet: [{ [problem('NotProgrammed', 'AddressNotUsable')]: '1x40', [problem('Degraded', 'NoStandby')]: '1x40' }],
  },
  {
    alert: 'SallyportGatewayWithoutAddress',
    fires: {
      series: { [problem('NotProgrammed', 'AddressNotAssigned')]: '1x60' },
      labels: { ...ofShop, reason: 'AddressNotAssigned' },
    },
    quiet: [
      { [problem('NotProgrammed', 'Pending')]: '1x60' },
      { [problem('NotProgrammed', 'NoResources')]: '1x10 stale' },
    ],
  },
  {
    alert: 'SallyportGatewayDegraded',
    fires: { series: { [problem('Degraded', 'NoStandby')]: '1x60' }, labels: { ...ofShop, reason: 'NoStandby' } },
    quiet: [{ [problem('Degraded', 'StandbySyncing')]: '1x10 stale', [problem('PathNotVerified', 'Loss')]: '1x60' }],
  },
  {
    alert: 'SallyportAddressConflict',
    fires: { series: { [problem('AddressConflict', 'AddressConflict')]: '1x40' }, labels: ofShop },
    quiet: [{ [problem('NotProgrammed', 'AddressNotUsable')]: '1x40' }],
  },
  {
    alert: 'SallyportPathNotVerified',
    fires: { series: { [problem('PathNotVerified', 'PathMtu')]: '1x40' }, labels: { ...ofShop, reason: 'PathMtu' } },
    quiet: [{ [problem('PathNotVerified', 'Loss')]: '1x6 stale', [problem('Degraded', 'NoStandby')]: '1x40' }],
  },
  {
    alert: 'SallyportPoolNearlyEmpty',
    fires: {
      series: {
        'sallyport_pool_addresses{pool="lab",state="used"}': '46x60',
        'sallyport_pool_addresses{pool="lab",state="free"}': '4x60',
      },
      labels: { pool: 'lab' },
    },
    quiet: [
      {
        'sallyport_pool_addresses{pool="lab",state="used"}': '45x60',
        'sallyport_pool_addresses{pool="lab",state="free"}': '5x60',
        'sallyport_pool_addresses{pool="refused",state="used"}': '0x60',
        'sallyport_pool_addresses{pool="refused",state="free"}': '0x60',
      },
    ],
  },
];

const failover: readonly AlertCase[] = [
  {
    alert: 'SallyportFailoversFlapping',
    fires: {
      series: {
        'sallyport_failover_takeovers_total{group="1",cause="silence",instance="a"}': '0+1x10 10x50',
        'sallyport_failover_takeovers_total{group="1",cause="silence",instance="b"}': '0x60',
      },
      labels: { group: '1' },
      at: 600,
    },
    quiet: [
      {
        // A node is drained and comes back: two moves.
        'sallyport_failover_takeovers_total{group="1",cause="handover",instance="a"}': '0x20 1x39',
        'sallyport_failover_takeovers_total{group="1",cause="handover",instance="b"}': '0x10 1x49',
      },
    ],
  },
  {
    alert: 'SallyportCandidateFault',
    fires: {
      series: { [`sallyport_failover_group_fault{group="1",${node}}`]: '1x40' },
      labels: { ...ofNode, group: '1' },
    },
    quiet: [{ [`sallyport_failover_group_fault{group="1",${node}}`]: '1x8 0x30' }],
  },
  {
    alert: 'SallyportKeepalivedNotRealTime',
    fires: { series: { [`sallyport_failover_real_time{${node}}`]: '0x60' }, labels: ofNode },
    quiet: [{ [`sallyport_failover_real_time{${node}}`]: '1x60' }, {}],
  },
  {
    alert: 'SallyportAddressesCorrected',
    fires: { series: { [`sallyport_failover_corrections_total{${node}}`]: '0x5 1x50' }, labels: ofNode, at: 300 },
    quiet: [{ [`sallyport_failover_corrections_total{${node}}`]: '3x60' }],
  },
  {
    alert: 'SallyportBgpSessionDown',
    fires: {
      series: { [`sallyport_bgp_session_up{peer="192.0.2.1",${node}}`]: '0x40' },
      labels: { ...ofNode, peer: '192.0.2.1' },
    },
    quiet: [{ [`sallyport_bgp_session_up{peer="192.0.2.1",${node}}`]: '1x10 0x2 1x28' }],
  },
  {
    alert: 'SallyportReplicationSilent',
    fires: {
      series: { [`sallyport_replication_peer_silent_seconds{group="2",${node}}`]: '90x40' },
      labels: { ...ofNode, group: '2' },
    },
    quiet: [{ [`sallyport_replication_peer_silent_seconds{group="2",${node}}`]: '30x40' }],
  },
  {
    alert: 'SallyportReplicationBacklog',
    fires: {
      series: { [`sallyport_replication_backlog_messages{group="2",queue="unsent",${node}}`]: '20000x40' },
      labels: { ...ofNode, group: '2', queue: 'unsent' },
    },
    quiet: [
      {
        [`sallyport_replication_backlog_messages{group="2",queue="unsent",${node}}`]: '900x40',
        [`sallyport_replication_backlog_messages{group="2",queue="unacknowledged",${node}}`]: '0x5 20000x2 10x33',
      },
    ],
  },
  {
    alert: 'SallyportReplicationDrops',
    fires: {
      series: { [`sallyport_replication_drops_total{group="2",reason="netlink",${node}}`]: '0x5 3x50' },
      labels: { ...ofNode, group: '2', reason: 'netlink' },
      at: 300,
    },
    quiet: [
      {
        [`sallyport_replication_drops_total{group="2",reason="lost",${node}}`]: '0+5x60',
        [`sallyport_replication_drops_total{group="2",reason="queue",${node}}`]: '7x60',
      },
    ],
  },
];

const nodes: readonly AlertCase[] = [
  {
    alert: 'SallyportGuardDrops',
    fires: {
      series: { [`sallyport_guard_dropped_packets_total{guard="mark",${node}}`]: '0x5 1x50' },
      labels: { ...ofNode, guard: 'mark' },
      at: 300,
    },
    quiet: [
      {
        [`sallyport_guard_dropped_packets_total{guard="mark",${node}}`]: '4x60',
        [`sallyport_dropped_packets_total{reason="held",${node}}`]: '0+5x60',
      },
    ],
  },
  {
    alert: 'SallyportForgedPackets',
    fires: {
      series: { [`sallyport_dropped_packets_total{reason="spoofed_pod",${node}}`]: '0+20x60' },
      labels: { ...ofNode, reason: 'spoofed_pod' },
      at: 600,
    },
    quiet: [
      {
        [`sallyport_dropped_packets_total{reason="refused",${node}}`]: '0+500x60',
        [`sallyport_dropped_packets_total{reason="tunnel_port",${node}}`]: '0+1x60',
      },
    ],
  },
  {
    alert: 'SallyportRulesHealed',
    fires: {
      series: { [`sallyport_agent_healed_total{part="nft",${node}}`]: '0x5 1x50' },
      labels: { ...ofNode, part: 'nft' },
      at: 300,
    },
    quiet: [{ [`sallyport_agent_healed_total{part="nft",${node}}`]: '2x60' }],
  },
  {
    alert: 'SallyportAgentNotConverging',
    fires: { series: { [`sallyport_agent_data_plane_ready{${node}}`]: '0x40' }, labels: ofNode },
    quiet: [{ [`sallyport_agent_data_plane_ready{${node}}`]: '1x10 0x2 1x28' }],
  },
  {
    alert: 'SallyportPodStartSlow',
    fires: {
      series: {
        [`sallyport_agent_pod_programmed_seconds_bucket{le="2.5",${node}}`]: '0x80',
        [`sallyport_agent_pod_programmed_seconds_bucket{le="5",${node}}`]: '0+1x80',
        [`sallyport_agent_pod_programmed_seconds_bucket{le="+Inf",${node}}`]: '0+1x80',
      },
      labels: ofNode,
      at: 1200,
    },
    quiet: [
      {
        [`sallyport_agent_pod_programmed_seconds_bucket{le="0.1",${node}}`]: '0+1x80',
        [`sallyport_agent_pod_programmed_seconds_bucket{le="+Inf",${node}}`]: '0+1x80',
      },
    ],
  },
  {
    alert: 'SallyportConntrackNearLimit',
    fires: {
      series: {
        [`sallyport_conntrack_entries{${node}}`]: '220000x40',
        [`sallyport_conntrack_limit{${node}}`]: '262144x40',
      },
      labels: ofNode,
    },
    quiet: [
      {
        [`sallyport_conntrack_entries{${node}}`]: '200000x40',
        [`sallyport_conntrack_limit{${node}}`]: '262144x40',
      },
    ],
  },
  {
    alert: 'SallyportNewFlowsRefused',
    fires: {
      series: { [`sallyport_conntrack_refused_total{reason="table-full",${node}}`]: '0x5 2x50' },
      labels: { ...ofNode, reason: 'table-full' },
      at: 240,
    },
    quiet: [
      {
        [`sallyport_conntrack_refused_total{reason="table-full",${node}}`]: '9x60',
        // Two packets that begin one flow at once.
        [`sallyport_conntrack_refused_total{reason="no-free-port",${node}}`]: '0+2x60',
      },
    ],
  },
  {
    alert: 'SallyportPortsNearlyUsed',
    fires: {
      series: { [`sallyport_gateway_ports_used{${shop},${node}}`]: '60000x40' },
      labels: { ...ofShop, ...ofNode },
    },
    quiet: [{ [`sallyport_gateway_ports_used{${shop},${node}}`]: '51000x40' }],
  },
];

const controlPlane: readonly AlertCase[] = [
  {
    alert: 'SallyportControllerNotLeading',
    fires: {
      series: {
        'sallyport_controller_leading{instance="a"}': '0x40',
        'sallyport_controller_leading{instance="b"}': '0x40',
      },
      labels: {},
    },
    quiet: [
      {
        'sallyport_controller_leading{instance="a"}': '0x70',
        'sallyport_controller_leading{instance="b"}': '1x70',
      },
    ],
  },
  {
    alert: 'SallyportCompileFailing',
    fires: {
      series: { 'sallyport_compile_failures_total{instance="a"}': '0x5 1x50' },
      labels: { instance: 'a' },
      at: 300,
    },
    quiet: [{ 'sallyport_compile_failures_total{instance="a"}': '1x60' }],
  },
  {
    alert: 'SallyportReconcileRetrying',
    fires: {
      series: { 'sallyport_reconcile_retries_total{instance="a"}': '0+1x80' },
      labels: { instance: 'a' },
      at: 1200,
    },
    quiet: [{ 'sallyport_reconcile_retries_total{instance="a"}': '0x20 0+1x8 8x50' }],
  },
  {
    alert: 'SallyportApiErrors',
    fires: {
      series: {
        [`sallyport_api_requests_total{verb="GET",code="200",${node}}`]: '0+10x80',
        [`sallyport_api_requests_total{verb="GET",code="503",${node}}`]: '0+5x80',
      },
      labels: ofNode,
      at: 1200,
    },
    quiet: [
      {
        [`sallyport_api_requests_total{verb="GET",code="200",${node}}`]: '0+100x80',
        [`sallyport_api_requests_total{verb="GET",code="409",${node}}`]: '0+50x80',
        [`sallyport_api_requests_total{verb="GET",code="503",${node}}`]: '0+1x80',
      },
    ],
  },
  {
    alert: 'SallyportNodeUnreported',
    fires: { series: { 'sallyport_nodes{state="unreported",instance="a"}': '2x80' }, labels: {} },
    quiet: [
      {
        'sallyport_nodes{state="unreported",instance="a"}': '0x80',
        'sallyport_nodes{state="failed",instance="a"}': '1x80',
      },
    ],
  },
  {
    alert: 'SallyportTargetDown',
    fires: {
      series: { [`up{job="sallyport-system/sallyport-agent",${node}}`]: '0x40' },
      labels: { ...ofNode, job: 'sallyport-system/sallyport-agent' },
    },
    quiet: [{ [`up{job="sallyport-agent",${node}}`]: '1x40', [`up{job="node",${node}}`]: '0x40' }],
  },
];

/** One or more for each alert. */
export const alertCases: readonly AlertCase[] = [
  ...gateways,
  ...failover,
  ...nodes,
  ...controlPlane,
  {
    alert: 'SallyportControllerNotLeading',
    fires: { series: {}, labels: {} },
    quiet: [],
  },
  {
    alert: 'SallyportNewFlowsRefused',
    fires: {
      series: { [`sallyport_conntrack_refused_total{reason="no-free-port",${node}}`]: '0+20x60' },
      labels: { ...ofNode, reason: 'no-free-port' },
      at: 600,
    },
    quiet: [],
  },
];
