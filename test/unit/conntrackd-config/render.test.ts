import { type ConntrackdConfig, RenderError, renderConfig } from 'conntrackd-config';
import { expect, test } from 'vitest';

const config: ConntrackdConfig = {
  sync: {
    mode: { kind: 'FTFW', startupResync: true },
    udp: [{ address: '192.0.2.11', destination: '192.0.2.12', port: 3780, interface: 'eth0', rcvSocketBuffer: 9 }],
  },
  general: { unix: { path: '/run/ctl' } },
};

test('writes one statement a line, and nothing that was not said', () => {
  expect(renderConfig(config)).toBe(`Sync {
    Mode FTFW {
        StartupResync on
    }
    UDP {
        IPv4_address 192.0.2.11
        IPv4_Destination_Address 192.0.2.12
        Port 3780
        Interface eth0
        RcvSocketBuffer 9
    }
}
General {
    UNIX {
        Path /run/ctl
    }
}
`);
});

test('throws with the path of what conntrackd would misread, and writes nothing', () => {
  const odd: ConntrackdConfig = { ...config, general: { unix: { path: '/run/a b' } } };
  expect(() => renderConfig(odd)).toThrow(RenderError);
  expect(() => renderConfig(odd)).toThrow(/^general\.unix\.path: '\/run\/a b' is no absolute path/);
});
