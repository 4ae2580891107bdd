export { type EventLog, openEventLog, type Recorded } from './event-log.ts';
export { type JobsTables, jobsMigrations, openTaskTable, type Task, type TaskTable } from './task-table.ts';
export { createWakeUp, type WakeUp } from './wake-up.ts';
