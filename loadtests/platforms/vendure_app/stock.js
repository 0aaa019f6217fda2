// Fills an empty database: where it sells, how it ships and is paid, and the goods of goods.json at two locations.
const v = require('@vendure/core');
const { populateInitialData } = require('@vendure/core/cli');
const { config } = require('./config');
const { goods, locations } = require('./goods.json');

const initial = {
  defaultLanguage: 'en',
  defaultZone: 'Asia',
  countries: [{ name: 'China', code: 'CN', zone: 'Asia' }],
  taxRates: [{ name: 'VAT', percentage: 13 }],
  shippingMethods: [{ name: 'Courier', price: 500 }],
  paymentMethods: [
    { name: 'Paid', handler: { code: v.dummyPaymentHandler.code, arguments: [{ name: 'automaticSettle', value: 'true' }] } },
  ],
  collections: [],
};

async function fill() {
  const app = await v.bootstrap(config);
  await populateInitialData(app, initial);
  const ctx = await app.get(v.RequestContextService).create({ apiType: 'admin' });
  const places = await openLocations(app, ctx);
  const [tax] = (await app.get(v.TaxCategoryService).findAll(ctx)).items;
  for (const good of goods) await add(app, ctx, good, places, tax.id);
  await index(app);
  await app.close();
}

async function openLocations(app, ctx) {
  const service = app.get(v.StockLocationService);
  const first = await service.defaultStockLocation(ctx);
  await service.update(ctx, { id: first.id, name: locations[0] });
  const others = [];
  for (const name of locations.slice(1)) others.push(await service.create(ctx, { name, description: '' }));
  return [first, ...others].map((each) => each.id);
}

async function add(app, ctx, good, places, taxCategoryId) {
  const english = { languageCode: 'en', name: good.name };
  const slug = good.sku.toLowerCase();
  const product = await app.get(v.ProductService).create(ctx, { translations: [{ ...english, slug, description: good.kind }] });
  const stockLevels = places.map((stockLocationId, place) => ({ stockLocationId, stockOnHand: good.units[place] }));
  await app.get(v.ProductVariantService).create(ctx, [
    { productId: product.id, sku: good.sku, price: good.price_cents, taxCategoryId, translations: [english], trackInventory: 'TRUE', stockLevels },
  ]);
}

// Every product that is added queues jobs that index it; stocking is over when the queue is empty.
async function index(app) {
  await app.get(v.JobQueueService).start();
  const jobs = app.get(v.TransactionalConnection).rawConnection.getRepository('JobRecord');
  while (await jobs.countBy({ isSettled: false })) await new Promise((done) => setTimeout(done, 100));
}

fill().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
