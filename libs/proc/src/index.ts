export {
  type ProcessStat,
  type ProcessUsage,
  processStat,
  processUsage,
  runningProcesses,
} from './processes.js';
