// One configuration for stocking and for serving; ports and credentials come from the environment.
const { DefaultJobQueuePlugin, DefaultLogger, DefaultSearchPlugin, LogLevel, dummyPaymentHandler } = require('@vendure/core');

const { PORT, DATABASE_PORT, VENDURE_ADMIN_USER, VENDURE_ADMIN_PASSWORD, STOCKING } = process.env;

exports.config = {
  apiOptions: { hostname: '127.0.0.1', port: Number(PORT), shopApiPath: 'shop-api', adminApiPath: 'admin-api' },
  authOptions: {
    tokenMethod: 'bearer',
    requireVerification: false,
    superadminCredentials: { identifier: VENDURE_ADMIN_USER, password: VENDURE_ADMIN_PASSWORD },
  },
  dbConnectionOptions: {
    type: 'postgres', host: '127.0.0.1', port: Number(DATABASE_PORT), username: 'lab', database: 'vendure',
    synchronize: Boolean(STOCKING), poolSize: 20,
  },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  logger: new DefaultLogger({ level: LogLevel.Warn }),
  plugins: [DefaultJobQueuePlugin.init({ pollInterval: STOCKING ? 5 : 200 }), DefaultSearchPlugin.init({})],
};
