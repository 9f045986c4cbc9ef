import { expect, test } from 'vitest';
import { asVersion } from '../../src/domain/brand.ts';
import { capabilities } from '../../src/sq/capabilities.ts';
import { versionFromCli } from '../../src/sq/version.ts';

const of = (text: string) => capabilities(asVersion(text));

test('0.5.1 and older, and what is unknown, are not asked over HTTP', () => {
  expect(of('0.5.1').probeOverHttp).toBe(false);
  expect(of('0.4.5')).toEqual(of('0.5.1'));
  expect(capabilities(undefined)).toEqual(of('0.5.1'));
  expect(of('0.5.2-rc.1')).toEqual(of('0.5.1'));
});

test('each release adds to what the one before can do', () => {
  expect(of('0.5.2')).toMatchObject({
    probeOverHttp: true,
    cors: true,
    printsVersion: true,
    survivesPanic: false,
  });
  expect(of('0.5.2').maxConnections).toBeUndefined();
  expect(of('0.5.3')).toMatchObject({ maxConnections: 512, maxBodyBytes: 67_108_864, survivesPanic: false });
  expect(of('0.5.4')).toMatchObject({ survivesPanic: true, multiTenant: false });
  expect(of('0.5.5').multiTenant).toBe(true);
  expect(of('0.10.0').multiTenant).toBe(true);
});

test('a version is what the program printed, not its usage text', () => {
  expect(versionFromCli('0.5.2\n')).toBe('0.5.2');
  expect(versionFromCli('Usage: sq <command> <coordinate> <message>\n')).toBeUndefined();
  expect(asVersion('v0.5.2')).toBe('0.5.2');
  expect(asVersion('0.5')).toBeUndefined();
});
