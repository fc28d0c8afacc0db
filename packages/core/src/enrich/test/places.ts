/** A place in London and a country of documentation addresses, as GeoLite2 City and ASN have them. */
export const places = {
  '81.2.69.160/27': {
    city: { names: { en: 'London', de: 'London' } },
    continent: { code: 'EU', names: { en: 'Europe' } },
    country: { iso_code: 'GB', names: { en: 'United Kingdom' } },
    location: { accuracy_radius: 10, latitude: 51.5142, longitude: -0.0931, time_zone: 'Europe/London' },
    postal: { code: 'EC2V' },
    subdivisions: [{ iso_code: 'ENG', names: { en: 'England' } }],
  },
  '2001:db8:1::/48': { country: { iso_code: 'SE', names: { en: 'Sweden' } } },
};

export const networks = {
  '81.2.69.0/24': { autonomous_system_number: 20_712, autonomous_system_organization: 'Andrews & Arnold Ltd' },
};

/** The same as `@ip-location-db/*-mmdb` have them. */
export const flatPlaces = {
  '81.2.69.160/27': {
    ...{ country_code: 'GB', city: 'London', state1: 'England', state2: '', postcode: 'EC2V' },
    ...{ latitude: 51.5142, longitude: -0.0931, timezone: 'Europe/London' },
  },
  '2001:db8:1::/48': { country_code: 'SE' },
};
