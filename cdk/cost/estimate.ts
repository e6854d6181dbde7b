// What a month costs: idle, and for so many messages and pictures. Pure: prices and assumptions in, lines out. Must never
// leave an assumption out of what it returns: a figure without one cannot be checked.
import { handlerMegabytes, idleInstanceSeconds, maxZones, taskVolumeGb } from '../figures.ts';
import type { Options } from '../options.ts';
import prices from './prices.json' with { type: 'json' };

export interface Work {
  /** In the month. */
  readonly messages: number;
  readonly pictures: number;
  /** Seconds of computing; measure yours: `usage { computeMs }` of a message holds them. */
  readonly messageSeconds: number;
  readonly pictureSeconds: number;
  /** Times in the month that work comes while no worker runs. */
  readonly wakes: number;
  /** From the wake until the worker takes a job. */
  readonly startSeconds: number;
  /** Jobs that one worker computes at once; 1 is the worst case. */
  readonly parallel: number;
  readonly weightsGb: number;
  readonly imageGb: number;
}

export const assumed: Work = {
  messages: 1_000,
  pictures: 400,
  messageSeconds: 2,
  pictureSeconds: 6,
  wakes: 30,
  startSeconds: 240,
  parallel: 1,
  weightsGb: 10,
  imageGb: 3,
};

export interface CostLine {
  readonly part: string;
  /** US dollars a month when nobody asks. */
  readonly idle: number;
  /** US dollars for the work, on top. */
  readonly busy: number;
  readonly because: string;
}

/** Assumed: bytes and files of one picture with thumbnail and previews; database units and open seconds of one message. */
const pictureBytes = 60_000;
const pictureFiles = 6;
const messageUnits = 60;
const apiSecondsPerMessage = 20;
/** Assumed of a web function, which has no setting for it: gigabytes, billed as those of a function are. */
const webFunctionGb = 0.5;
const alarms = 3;
/** Assumed of one look of the controller, login included; there is one a minute, day and night. */
const lookUnits = 0.5;
const lookSeconds = 0.5;
const lookLogKb = 0.5;
const minutesOfMonth = 43_200;
/** Assumed of Container Insights: metrics of a cluster and its service, and what one running task adds. */
const serviceMetrics = 8;
const taskMetrics = 8;
const taskLogKbPerMinute = 5;
const hoursOfMonth = 730;

type Choices = Pick<Options, 'api' | 'database' | 'gpu' | 'spot' | 'keepWarmSeconds' | 'containerInsights'>;

export function estimate(options: Choices, work: Work): CostLine[] {
  return [
    workers(options, work),
    api(options, work),
    database(options, work),
    {
      part: 'queue',
      idle: 0,
      // a ring, a receive and a delete for each job, and the long polls of the workers
      busy:
        ((work.messages + work.pictures) * 3 + (hoursOf(options, work) * 3_600) / 20) *
        (prices.sqsMillionRequests / 1e6),
      because: '3 requests a job, a long poll each 20 s of a worker',
    },
    {
      part: 'files',
      idle: work.weightsGb * prices.s3GbMonth,
      busy:
        ((work.pictures * pictureBytes) / 1e9) * (prices.s3GbMonth + prices.egressGb) +
        ((work.pictures * pictureFiles) / 1_000) * (prices.s3ThousandPuts + prices.s3ThousandGets),
      because: `${work.weightsGb} GB of weights; ${pictureBytes / 1_000} kB a picture, read once`,
    },
    { part: 'image', idle: work.imageGb * prices.ecrGbMonth, busy: 0, because: `${work.imageGb} GB in the registry` },
    {
      part: 'alarms, logs',
      idle: alarms * prices.alarmMonth,
      busy: (work.messages / 1e6) * 4 * prices.logGb,
      because: `${alarms} alarms; 4 kB of log a message`,
    },
    controller(options, work),
    ...(options.containerInsights ? insights(options, work) : []),
  ];
}

/** What it reads of a database that sleeps is counted there: see `database`. */
function controller(options: Choices, work: Work): CostLine {
  const gbSeconds = (handlerMegabytes / 1_024) * lookSeconds;
  const run = gbSeconds * prices.lambdaGbSecond + prices.lambdaMillionRequests / 1e6 + (lookLogKb / 1e6) * prices.logGb;
  const because = `once a minute, ${lookSeconds} s of ${handlerMegabytes} MB and ${lookLogKb} kB of log each`;
  if (options.database === 'dsql')
    return { part: 'controller', idle: minutesOfMonth * run, busy: 0, because: `${because}; its reads: see database` };
  // with no worker it counts the bells, so that the database can pause; with one it asks the database
  return {
    part: 'controller',
    idle: minutesOfMonth * (run + prices.sqsMillionRequests / 1e6),
    busy: hoursOf(options, work) * 60 * (prices.dataApiMillionRequests / 1e6),
    because: `${because}; it counts bells, and asks the Data API while workers run`,
  };
}

function insights(options: Choices, work: Work): CostLine[] {
  const services = (options.gpu === 'sagemaker-async' ? 0 : 1) + (options.api === 'fargate' ? 1 : 0);
  const taskHour = (taskMetrics * prices.metricMonth) / hoursOfMonth + ((taskLogKbPerMinute * 60) / 1e6) * prices.logGb;
  return [
    {
      part: 'Container Insights',
      // the API's task on Fargate never ends
      idle: services * serviceMetrics * prices.metricMonth + (options.api === 'fargate' ? hoursOfMonth * taskHour : 0),
      busy: options.gpu === 'sagemaker-async' ? 0 : hoursOf(options, work) * taskHour,
      because: `${serviceMetrics} metrics of each of ${services} services, ${taskMetrics} and ${taskLogKbPerMinute} kB of log a minute of a task`,
    },
  ];
}

/** Hours that workers run for the work: computing, starting, and staying warm afterwards. */
function hoursOf({ keepWarmSeconds }: Pick<Options, 'keepWarmSeconds'>, work: Work): number {
  const computing = (work.messages * work.messageSeconds + work.pictures * work.pictureSeconds) / work.parallel;
  return (computing + work.wakes * (work.startSeconds + keepWarmSeconds)) / 3_600;
}

function workers(options: Pick<Options, 'gpu' | 'spot' | 'keepWarmSeconds'>, work: Work): CostLine {
  const hours = hoursOf(options, work);
  // an address is billed by the hour as long as what it belongs to runs
  const addressHour = prices.publicAddressMonth / hoursOfMonth;
  const because = `${hours.toFixed(1)} h: ${work.messageSeconds} s a message, ${work.pictureSeconds} s a picture, ${work.wakes} wakes of ${work.startSeconds} s and ${options.keepWarmSeconds} s warm`;
  switch (options.gpu) {
    case 'ecs': {
      // the service's own fee is on the price without Spot
      const hour =
        (options.spot ? prices.gpuHour.ecsSpot : prices.gpuHour.ecs) +
        prices.gpuHour.ecs * prices.managedInstancesFeeShare;
      const volumeHour = (taskVolumeGb * prices.volumeGbMonth) / hoursOfMonth;
      // with no task left the instance stands a while longer, with all that belongs to it
      const instanceHours = hours + (work.wakes * idleInstanceSeconds) / 3_600;
      return {
        part: options.spot ? 'GPU workers, Spot' : 'GPU workers',
        idle: 0,
        busy: instanceHours * (hour + volumeHour + addressHour),
        because: `${because}; after each wake ${idleInstanceSeconds} s until the idle instance is given back, so ${instanceHours.toFixed(1)} h of instance, volume of ${taskVolumeGb} GB and one address`,
      };
    }
    case 'sagemaker-async':
      return { part: 'GPU workers, SageMaker', idle: 0, busy: hours * prices.gpuHour.sagemaker, because };
    case 'external':
      return {
        part: 'workers',
        idle: 0,
        busy: hours * (prices.workerHourFargate + addressHour),
        because: `${because}; task and one address; the functions bill elsewhere`,
      };
  }
}

function api({ api: host }: Pick<Options, 'api'>, work: Work): CostLine {
  if (host === 'fargate')
    return {
      part: 'API, Fargate',
      idle: prices.loadBalancerMonth + prices.fargateApiMonth + (maxZones + 1) * prices.publicAddressMonth,
      busy: 0,
      because: `load balancer, one task, ${maxZones + 1} addresses: the balancer's in ${maxZones} zones (a Region with fewer has fewer) and the task's; what passes through the balancer is not counted`,
    };
  const seconds = work.messages * apiSecondsPerMessage;
  return {
    part: 'API',
    idle: 0,
    busy: seconds * webFunctionGb * prices.lambdaGbSecond + ((work.messages * 10) / 1e6) * prices.lambdaMillionRequests,
    because: `${apiSecondsPerMessage} s and 10 requests a message, at a function's prices; ${webFunctionGb} GB is assumed, a web function's memory cannot be set`,
  };
}

function database(
  { database: kind, keepWarmSeconds }: Pick<Options, 'database' | 'keepWarmSeconds'>,
  work: Work,
): CostLine {
  if (kind === 'aurora') {
    const hours = hoursOf({ keepWarmSeconds }, work);
    return {
      part: 'database, Aurora',
      idle: prices.auroraGbMonth + 2 * prices.secretMonth,
      busy: hours * 0.5 * prices.auroraUnitHour,
      because: `half a unit while workers run (${hours.toFixed(1)} h), it pauses otherwise; 1 GB and two secrets`,
    };
  }
  const billed = (units: number): number => (Math.max(0, units - prices.dsqlFreeUnits) / 1e6) * prices.dsqlMillionUnits;
  // what the controller reads is read also while nothing happens, and leaves less of what is free
  const looks = minutesOfMonth * lookUnits;
  return {
    part: 'database, DSQL',
    idle: prices.dsqlGbMonth + billed(looks),
    busy: billed(looks + work.messages * messageUnits) - billed(looks),
    because: `1 GB; ${messageUnits} units a message and ${lookUnits} a look of the controller (${looks} a month), ${prices.dsqlFreeUnits} a month are free`,
  };
}

const about: readonly string[] = ['writtenOn', 'region', 'note', 'secondSource'];

/** Prices that were written down once and compared with no second figure, by their names in prices.json. */
export const comparedWithNothing: readonly string[] = Object.keys(prices).filter(
  (name) => !about.includes(name) && !prices.secondSource.includes(name),
);

export function printTable(lines: readonly CostLine[]): string {
  const dollars = (amount: number): string => (amount !== 0 && amount < 0.01 ? '< 0.01' : amount.toFixed(2));
  const sum = (pick: (line: CostLine) => number): number => lines.reduce((total, line) => total + pick(line), 0);
  const rows = [
    ...lines.map(({ part, idle, busy, because }) => [part, dollars(idle), dollars(busy), because]),
    ['together', dollars(sum(({ idle }) => idle)), dollars(sum(({ busy }) => busy)), ''],
  ];
  return [
    `US dollars a month, ${prices.region}, prices written down on ${prices.writtenOn}: check them, they are not read from AWS`,
    '',
    '| part | idle | busy | because |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
    `compared with no second figure yet: ${comparedWithNothing.join(', ')}`,
  ].join('\n');
}
