import { failoverFiles } from '../dataplane/vrrp/files.ts';
import type { DaemonProgram } from './supervise-daemon.ts';

/** keepalived (2.2.7) with its pid files in a folder of its own: it takes one that was left behind for a running daemon. */
export function keepalivedProgram(configPath: string, stateDir: string): DaemonProgram {
  const [pidFile, vrrpPidFile] = [`${stateDir}/keepalived.pid`, `${stateDir}/vrrp.pid`];
  return {
    command: 'keepalived',
    args: [
      ...['--dont-fork', '--log-console', '--log-detail', '--no-syslog', '--vrrp', `--use-file=${configPath}`],
      ...[`--pid=${pidFile}`, `--vrrp_pid=${vrrpPidFile}`],
    ],
    reloads: true,
    // Of two owners each tells of every advert and gratuitous ARP, a thousand lines a second with adverts every 10 ms. Waiting for somebody
    // to read them it would miss its own adverts, and the two would go on for ever.
    logFile: `${stateDir}/keepalived.log`,
    isChatter: (line) => /\b(Sending|advert from)\b/.test(line),
    leftovers: [pidFile, vrrpPidFile],
    without: 'this node has no vote in its failover groups',
  };
}

/** The conntrackd (conntrack-tools 1.4.7) of a failover group; on stderr it writes warnings and errors. */
export function conntrackdProgram(runDir: string, group: number): DaemonProgram {
  const { config, socket, lock } = failoverFiles(runDir).conntrackd(group);
  return {
    command: 'conntrackd',
    args: ['-C', config],
    reloads: false,
    leftovers: [socket, lock],
    without: `flows of failover group ${group} are not replicated`,
  };
}

/** BIRD (2.0.12) by the configuration that the failover process writes; a wrong one it refuses at SIGHUP, and goes on. */
export function birdProgram(runDir: string): DaemonProgram {
  const { config, socket } = failoverFiles(runDir).bird;
  return {
    command: 'bird',
    args: ['-f', '-c', config, '-s', socket],
    reloads: true,
    leftovers: [socket],
    without: 'no router is told of the egress addresses of networks with announce: BGP',
  };
}
