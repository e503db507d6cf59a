/** All that a simulated Altegio holds: locations with their staff, clients, appointments and money. */
export type SimItem = {
  readonly id: number;
  readonly title: string;
  readonly cost: number;
  readonly firstCost: number;
  readonly discount: number;
  readonly amount: number;
};

export type SimClient = {
  readonly id: number;
  name: string;
  surname: string;
  /** With a plus; "" for none. */
  phone: string;
  email: string;
  categories: string[];
  visits: number;
};

export type SimRecord = {
  readonly id: number;
  readonly companyId: number;
  readonly visitId: number;
  clientId: number | null;
  staffId: number;
  services: SimItem[];
  goods: SimItem[];
  /** Milliseconds since 1970. */
  startsAt: number;
  lengthS: number;
  comment: string;
  online: boolean;
  attendance: number;
  deleted: boolean;
  readonly createdAt: number;
  /** In whole seconds: Altegio's changes have no finer time. */
  changedAt: number;
  apiId: string;
  customFields: Record<string, unknown>;
  customColor: string;
  labels: number[];
  readonly activityId: number;
  isUpdateBlocked: boolean;
  isBillPrinted: boolean;
  awaitsPayment: boolean;
};

export type SimTransaction = {
  readonly id: number;
  readonly companyId: number;
  readonly at: number;
  amount: number;
  readonly accountId: number;
  readonly clientId: number;
  readonly masterId: number;
  readonly itemId: number;
  readonly recordId: number;
  readonly visitId: number;
  comment: string;
  deleted: boolean;
};

export type SimLoyalty = { readonly id: number; readonly visitId: number; readonly amount: number };

export type SimAccount = {
  readonly id: number;
  readonly title: string;
  readonly isCash: boolean;
  readonly isDefault: boolean;
};

export type HookSettings = {
  urls: string[];
  active: number;
  [resource: string]: number | string[];
};

export type SimLocation = {
  readonly id: number;
  readonly title: string;
  /** Of its clock, in minutes. */
  readonly offsetMinutes: number;
  readonly staff: Map<number, { readonly id: number; name: string; specialization: string }>;
  readonly services: Map<
    number,
    { readonly id: number; title: string; price: number; lengthS: number; categoryId: number }
  >;
  readonly categories: { readonly id: number; readonly title: string }[];
  readonly labels: { readonly id: number; readonly title: string; readonly color: string }[];
  readonly accounts: SimAccount[];
  readonly clients: Map<number, SimClient>;
  /** By the id, which may be one of another location too. */
  readonly records: Map<number, SimRecord>;
  readonly visits: Map<number, { readonly id: number; attendance: number; comment: string }>;
  readonly transactions: Map<number, SimTransaction>;
  readonly loyalty: SimLoyalty[];
  hooks: HookSettings;
};

export type SimAltegio = {
  readonly locations: Map<number, SimLocation>;
  userToken: string;
  readonly partnerToken: string;
  readonly login: string;
  password: string;
  nextId: number;
  readonly nextRecordId: Map<number, number>;
};

export const HOOK_RESOURCES = [
  "salon",
  "service_category",
  "service",
  "good",
  "master",
  "client",
  "record",
  "goods_operations_sale",
  "goods_operations_receipt",
  "goods_operations_consumable",
  "goods_operations_stolen",
  "goods_operations_move",
  "finances_operation",
] as const;

export const FIRST_LOCATION_ID = 4_564;

export function createAltegio(tokens: { user: string; partner: string }): SimAltegio {
  const altegio: SimAltegio = {
    locations: new Map(),
    userToken: tokens.user,
    partnerToken: tokens.partner,
    login: "+13155550100",
    password: "salon",
    nextId: 10_001,
    nextRecordId: new Map(),
  };
  addLocation(altegio, { id: FIRST_LOCATION_ID, title: "Salon", offsetMinutes: 300 });
  return altegio;
}

export function addLocation(
  altegio: SimAltegio,
  given: Pick<SimLocation, "id" | "title" | "offsetMinutes">,
): SimLocation {
  const { id } = given;
  const staff = ["Nora", "Omar"].map((name, index) => ({
    id: id * 10 + index + 1,
    name,
    specialization: "Barber",
  }));
  const services = [
    { id: id * 100 + 1, title: "Haircut", price: 4_000, lengthS: 1_500, categoryId: id * 100 },
    { id: id * 100 + 2, title: "Beard", price: 1_500.5, lengthS: 900, categoryId: id * 100 },
  ];
  const location: SimLocation = {
    ...given,
    staff: new Map(staff.map((one) => [one.id, one])),
    services: new Map(services.map((one) => [one.id, one])),
    categories: [{ id: id * 100, title: "Hair" }],
    labels: [{ id: id * 100 + 51, title: "VIP", color: "f44336" }],
    accounts: [
      { id: id * 100 + 61, title: "Cash desk", isCash: true, isDefault: true },
      { id: id * 100 + 62, title: "Cards", isCash: false, isDefault: true },
      { id: id * 100 + 63, title: "Second desk", isCash: true, isDefault: false },
    ],
    clients: new Map(),
    records: new Map(),
    visits: new Map(),
    transactions: new Map(),
    loyalty: [],
    hooks: {
      urls: [],
      active: 0,
      ...Object.fromEntries(HOOK_RESOURCES.map((name) => [name, 0])),
      self_sending: 0,
    },
  };
  altegio.locations.set(id, location);
  return location;
}

export const itemsOf = ({ services, goods }: SimRecord): readonly SimItem[] => [
  ...services,
  ...goods,
];
const cents = (amount: number): number => Math.round(amount * 100);

export const costOf = (record: SimRecord): number =>
  itemsOf(record).reduce((sum, { cost }) => sum + cents(cost), 0) / 100;

export const visitRecords = (location: SimLocation, visitId: number): SimRecord[] =>
  [...location.records.values()].filter((one) => one.visitId === visitId && !one.deleted);

export const paymentsOf = (location: SimLocation, visitId: number): SimTransaction[] =>
  [...location.transactions.values()].filter((one) => one.visitId === visitId && !one.deleted);

/** Money and points of a visit. */
export const paidFor = (location: SimLocation, visitId: number): number =>
  [
    ...paymentsOf(location, visitId),
    ...location.loyalty.filter((one) => one.visitId === visitId),
  ].reduce((sum, { amount }) => sum + cents(amount), 0) / 100;

export const dueFor = (location: SimLocation, visitId: number): number =>
  visitRecords(location, visitId).reduce((sum, record) => sum + cents(costOf(record)), 0) / 100;

export const isPaidFull = (location: SimLocation, visitId: number): boolean => {
  const due = dueFor(location, visitId);
  return due > 0 && paidFor(location, visitId) >= due;
};
