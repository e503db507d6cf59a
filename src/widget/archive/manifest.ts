/**
 * manifest.json of the widget, as Kommo wants it. Exports `createManifest`, and the names that the
 * browser's code and the packer share.
 * @source kommo-api, sections 21.1, 21.2 and 21.5
 */

export const LOCALES = ["en", "es", "pt", "ru"] as const;
export type Locale = (typeof LOCALES)[number];

export type ManifestOptions = {
  /** "1.2.3"; Kommo takes only one that is higher than that of the archive before. */
  readonly version: string;
  readonly support: { readonly link: string; readonly email: string };
};

/** Where numbers are shown, so that each can be clicked; `-1` gives the widget a place beside a card. */
const LOCATIONS = [
  "lcard-1",
  "llist-1",
  "ccard-1",
  "clist-1",
  "comcard-1",
  "settings",
  "everywhere",
] as const;

export const tourImage = (locale: Locale): string => `images/tour_1_${locale}.png`;

export function createManifest({ version, support }: ManifestOptions): object {
  const tourImages = LOCALES.map((locale) => [locale, [`/${tourImage(locale)}`]]);
  return {
    widget: {
      name: "widget.name",
      description: "widget.description",
      short_description: "widget.short_description",
      version,
      interface_version: 2,
      // The stream of events must outlive a change of page.
      init_once: true,
      locale: LOCALES,
      installation: true,
      support,
    },
    locations: LOCATIONS,
    tour: {
      is_tour: true,
      tour_images: Object.fromEntries(tourImages) as object,
      tour_description: "widget.tour_description",
    },
    settings: {
      backend_url: { name: "settings.backend_url", type: "text", required: true },
      extensions: { name: "settings.extensions", type: "users", required: false },
    },
  };
}
