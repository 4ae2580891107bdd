import { useElementSize } from '@mantine/hooks';
import { type GeoProjection, geoConicConformal, geoPath } from 'd3-geo';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import world from 'world-atlas/countries-110m.json' with { type: 'json' };
import type { SiteView } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { COUNTRY_PLACES } from './country-places.ts';
import { type Labelled, placeLabels } from './place-labels.ts';

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

/** Names of more sites of one country would cover one another: it is named once, with their number. */
const NAMED_SITES_AT_MOST = 3;

/** Room for each site in the ring of its country's, on a wide map; more of them make it larger. */
const RING_PX_PER_SITE = 17;
const RING_AT_LEAST_PX = 13;
const POINT_RADIUS_PX = 7;
/** From this width on a map is wide; on a narrow one countries are close together, and points smaller. */
const WIDE_PX = 760;
const NARROWEST_SCALE = 0.5;

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

  const scale = Math.min(1, Math.max(NARROWEST_SCALE, width / WIDE_PX));
  const places = drawing === null ? [] : placed(sites, drawing.projection, scale);
  const names = places.flatMap((place, index): Labelled[] => {
    const { site, crowd, middle, ringPx } = place;
    if (crowd <= NAMED_SITES_AT_MOST)
      return [{ key: site.siteId, x: place.x, y: place.y, gapPx: 12, name: site.displayName }];
    if (places.findIndex((other) => other.site.country === site.country) !== index) return [];
    const name = `${format.country(site.country)} (${format.count(crowd)})`;
    return [{ key: site.country, ...middle, gapPx: ringPx + 12, name }];
  });

  return (
    <div className="map" ref={ref} style={{ height: height + 2 }}>
      {drawing === null ? null : (
        <svg width={width} height={height} role="img" aria-label={summary}>
          {drawing.outlines.map(({ key, numeric, outline }) => (
            <path key={key} d={outline} className={members.has(numeric) ? 'land member' : 'land'} />
          ))}
          {places.map(({ site, x, y }) => (
            <circle
              key={site.siteId}
              className="place"
              data-offline={site.online ? undefined : ''}
              cx={x}
              cy={y}
              r={scale * POINT_RADIUS_PX}
            >
              <title>{site.displayName}</title>
            </circle>
          ))}
          {placeLabels(names, places, { width, height }).map(({ key, name, x, y, anchor }) => (
            <text key={key} className="place-name" x={x} y={y} textAnchor={anchor}>
              {name}
            </text>
          ))}
        </svg>
      )}
    </div>
  );
}

/** Sites of one country stand in a ring around its point, so that none hides another. */
function placed(sites: readonly SiteView[], projection: GeoProjection, scale: number) {
  return sites.flatMap((site) => {
    const place = COUNTRY_PLACES[site.country];
    const at = place === undefined ? null : projection([place[1], place[2]]);
    if (at === null) return [];
    const compatriots = sites.filter(({ country }) => country === site.country);
    const crowd = compatriots.length;
    const angle = (2 * Math.PI * compatriots.indexOf(site)) / crowd - Math.PI / 2;
    const ringPx = crowd === 1 ? 0 : scale * Math.max(RING_AT_LEAST_PX, (crowd * RING_PX_PER_SITE) / (2 * Math.PI));
    const [x, y] = at;
    return [
      { site, crowd, ringPx, middle: { x, y }, x: x + ringPx * Math.cos(angle), y: y + ringPx * Math.sin(angle) },
    ];
  });
}
