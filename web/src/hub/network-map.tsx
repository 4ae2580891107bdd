import { useElementSize } from '@mantine/hooks';
import { geoConicConformal, geoPath } from 'd3-geo';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import world from 'world-atlas/countries-110m.json' with { type: 'json' };
import type { SiteView } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { COUNTRY_PLACES } from './country-places.ts';

// The file is Natural Earth's 1:110m countries as TopoJSON; TypeScript widens its literal types on import.
const topology = world as unknown as Topology<{ countries: GeometryCollection }>;
const COUNTRIES = feature(topology, topology.objects.countries).features;

/** Iceland to the Black Sea, Crete to mid-Scandinavia. */
const FRAME = {
  type: 'MultiPoint',
  coordinates: [
    [-10.5, 36],
    [-8, 58],
    [35, 36],
    [38, 58],
    [14, 63],
    [22, 34.5],
  ],
} as const;

/** Below this width the names would cover one another; the table beneath holds them anyway. */
const NAMES_FROM_PX = 520;

/** Names of more sites of one country would cover one another: it is named once, with their number. */
const NAMED_SITES_AT_MOST = 3;

/** Generous width of a letter of a name, to see whether it still fits. */
const NAME_PX_PER_LETTER = 7.8;

/** Europe with the sites of the network; an addition to the table of sites, never its substitute. */
export function NetworkMap({ sites }: { readonly sites: readonly SiteView[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { ref, width } = useElementSize();
  const height = Math.round(Math.min(460, Math.max(260, width * 0.62)));

  const drawing = useMemo(() => {
    if (width === 0) return null;
    const projection = geoConicConformal()
      .parallels([38, 58])
      .rotate([-14, 0])
      .fitExtent(
        [
          [12, 12],
          [width - 12, height - 12],
        ],
        { type: 'MultiPoint', coordinates: FRAME.coordinates.map(([lon, lat]) => [lon, lat]) },
      )
      .clipExtent([
        [-2, -2],
        [width + 2, height + 2],
      ]);
    const path = geoPath(projection).digits(1);
    const outlines = COUNTRIES.flatMap((country, index) => {
      const outline = path(country);
      return outline === null ? [] : [{ key: index, numeric: String(country.id ?? ''), outline }];
    });
    return { projection, outlines };
  }, [width, height]);

  const members = new Set(sites.map(({ country }) => COUNTRY_PLACES[country]?.[0]));
  const summary = t('network.map-summary', {
    online: format.count(sites.filter(({ online }) => online).length),
    sites: format.count(sites.length),
    countries: format.list([...new Set(sites.map(({ country }) => format.country(country)))]),
  });

  const nameOf = (site: SiteView, crowd: number, place: number): string | null => {
    if (crowd <= NAMED_SITES_AT_MOST) return site.displayName;
    // Beside the point that stands furthest to the right.
    return place === Math.round(crowd / 4) ? `${format.country(site.country)} (${format.count(crowd)})` : null;
  };

  return (
    <div className="map" ref={ref} style={{ height: height + 2 }}>
      {drawing === null ? null : (
        <svg width={width} height={height} role="img" aria-label={summary}>
          {drawing.outlines.map(({ key, numeric, outline }) => (
            <path key={key} d={outline} className={members.has(numeric) ? 'land member' : 'land'} />
          ))}
          {placed(sites).map(({ site, lon, lat, angle, crowd, place }) => {
            const at = drawing.projection([lon, lat]);
            if (at === null) return null;
            const spread = crowd > 1 ? 13 : 0;
            const x = at[0] + spread * Math.cos(angle);
            const y = at[1] + spread * Math.sin(angle);
            const name = nameOf(site, crowd, place);
            const turned = x + 12 + NAME_PX_PER_LETTER * (name ?? '').length > width - 6;
            return (
              <g key={site.siteId}>
                <circle className="place" data-offline={site.online ? undefined : ''} cx={x} cy={y} r={7}>
                  <title>{site.displayName}</title>
                </circle>
                {width < NAMES_FROM_PX || name === null ? null : (
                  <text
                    className="place-name"
                    x={x + (turned ? -12 : 12)}
                    y={y + 4.5}
                    textAnchor={turned ? 'end' : 'start'}
                  >
                    {name}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      )}
    </div>
  );
}

/** Sites of one country stand in a ring around its point, so that none hides another. */
function placed(sites: readonly SiteView[]) {
  return sites.flatMap((site) => {
    const place = COUNTRY_PLACES[site.country];
    if (place === undefined) return [];
    const compatriots = sites.filter(({ country }) => country === site.country);
    const index = compatriots.indexOf(site);
    const angle = (2 * Math.PI * index) / compatriots.length - Math.PI / 2;
    return [{ site, lon: place[1], lat: place[2], angle, crowd: compatriots.length, place: index }];
  });
}
