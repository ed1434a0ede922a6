/** What the browser tests share: a service of their own, and visits to its pages. */

export { type Desk, type Role, startDesk, type TrackedEvent } from './desk';
export {
  addressOf,
  expectAccessible,
  expectNoSidewaysScroll,
  launchBrowser,
  openPage,
  settled,
  Visit,
  type VisitOptions,
} from './visit';
