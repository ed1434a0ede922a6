/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import { type Operation, operation } from '../api/operation';
/** What becomes of sessions that were abandoned in the queue when the service level is told. */
export type AbandonedHandling =
  /** Whoever gave up counts as missed. */
  | 'COUNT_ALL'
  /** Only answered sessions count. */
  | 'EXCLUDE_ALL'
  /**
   * Who gave up within the threshold is left out; who gave up later counts as missed. As the
   * daily figure has it.
   */
  | 'EXCLUDE_SHORT';

/** How full an agent's hands are. */
export type AgentLoad =
  /** Four fifths of the capacity and more. */
  | 'HIGH'
  /** Below half of the capacity. */
  | 'LOW'
  /** Half of the capacity and more. */
  | 'MEDIUM';

/** What a person who answers is doing. */
export type AgentStatus =
  /** Signed in, but not to be given conversations. */
  | 'AWAY'
  /** Not there, or silent for longer than the lease. */
  | 'OFFLINE'
  /** Ready, with no conversation. */
  | 'ONLINE'
  /** In at least one conversation. */
  | 'SERVING';

/** A status set by hand. */
export type AgentStatusInput = {
  agentId: string;
  /** Conversations this agent can hold at once, 0 to 10,000. */
  capacity?: number | null | undefined;
  /** At most 100 characters. */
  name?: string | null | undefined;
  status: AgentStatus;
};

/** The answer to one category of a scorecard. */
export type AuditAnswerInput = {
  category: string;
  /** From 0 to the points of the category; null where it does not apply. */
  points?: number | null | undefined;
};

/** Which audits are listed; a field that is left out does not narrow the list. */
export type AuditFilter = {
  agentId?: string | null | undefined;
  auditType?: AuditType | null | undefined;
  /** A part of the customer's name, 1 to 100 characters; letters of ASCII in either case. */
  customer?: string | null | undefined;
  /** First instant of `auditedAt`. */
  from?: string | null | undefined;
  /** Highest score, 0 to 100, included. */
  maxScore?: number | null | undefined;
  /** Lowest score, 0 to 100, included. */
  minScore?: number | null | undefined;
  sessionId?: string | null | undefined;
  status?: AuditStatus | null | undefined;
  /** End of the stretch of `auditedAt`, excluded. */
  to?: string | null | undefined;
  /** The kind of conversation. */
  type?: string | null | undefined;
};

/** Something that an audit has found. */
export type AuditFindingInput = {
  /** 1 to 50 characters. */
  code: string;
  /** The event that it is about. */
  eventId?: string | null | undefined;
  severity: FindingSeverity;
};

/** Which audit comes next. */
export type AuditOrder =
  /** Of equal scores the oldest. */
  | 'LOWEST_SCORE_FIRST'
  | 'OLDEST_FIRST';

/** In which order audits are listed; of equal ones the newest first. */
export type AuditSort =
  | 'HIGHEST_SCORE'
  | 'LOWEST_SCORE'
  | 'NEWEST'
  | 'OLDEST';

/** Where an audit stands. */
export type AuditStatus =
  /** Final: the score is below the pass mark. */
  | 'FAILED'
  /** Final: the score is at or above the pass mark. */
  | 'PASSED'
  /** A machine's score below the pass mark, which a person has yet to confirm or correct. */
  | 'PENDING_REVIEW';

/** What was done with an audit. */
export type AuditStep =
  | 'CREATED'
  /** The agent has disputed the result, which stands. */
  | 'DISPUTED'
  | 'REVIEWED'
  /** A reviewer has ruled on the dispute. */
  | 'RULED';

/** Who gave the first score. */
export type AuditType =
  /** A machine. */
  | 'AUTO'
  /** A person; such an audit is final at once. */
  | 'MANUAL';

/** How far an answer over some stretch may still change. */
export type Completeness =
  /** Over, but in part summed from rows: the roll-up has not been there since the last event. */
  | 'ROWS'
  /** Not over yet. */
  | 'RUNNING'
  /** As the roll-up has kept it: it changes only if an event comes late. */
  | 'SETTLED';

/** What a recorded call has really used. */
export type CorrectTokenUsageInput = {
  /** Those of `inputTokens` that came from a cache; left out, 0. */
  cachedInputTokens?: number | null | undefined;
  /** All tokens that went in, also from a cache. */
  inputTokens: number;
  /** All tokens that came out, also for reasoning. */
  outputTokens: number;
  /** As it was recorded. */
  provider?: string | null | undefined;
  /** Those of `outputTokens` that were spent on reasoning; left out, 0. */
  reasoningTokens?: number | null | undefined;
  /** The call, by the id it was recorded under. */
  requestId: string;
  /** Left out, it stays. */
  status?: UsageStatus | null | undefined;
};

/** An audit to be stored. */
export type CreateAuditInput = {
  /** Who led it, 1 to 64 characters; left out when it was the AI alone. */
  agentId?: string | null | undefined;
  /** One for each category; they stay with the audit. */
  answers?: Array<AuditAnswerInput> | null | undefined;
  auditType: AuditType;
  /** At most 100 characters. */
  customerName?: string | null | undefined;
  /** What was found, by code, so that it can be counted; at most 100. */
  findings?: Array<AuditFindingInput> | null | undefined;
  /** What was found, in any form, at most 64 KiB of JSON. */
  issues?: unknown;
  /** 0 to 100. With answers, what they come to; `scoreAudit` works it out instead. */
  score: number;
  /** One of `quality.scorecards`, where the audit is scored by answers. */
  scorecard?: string | null | undefined;
  /** The greatest unless it is told. */
  scorecardVersion?: number | null | undefined;
  /** The conversation, 1 to 64 characters. */
  sessionId: string;
  /** The kind of conversation, at most 50 characters. */
  sessionType?: string | null | undefined;
};

/** What a comparison of a day came to. */
export type DayState =
  | 'DIFFERS'
  /** What is kept is what the events give, and these are the events it was made of. */
  | 'EQUAL'
  /** It is not over, or has changed since the last roll-up: nothing is compared. */
  | 'OPEN'
  /**
   * As EQUAL, but events of it were removed: those that are left, and figures of sessions, are
   * compared, and what is kept of the removed ones is taken for true.
   */
  | 'REMOVED';

/** How far the demo is. */
export type DemoState =
  /** Its tenant is empty. */
  | 'ABSENT'
  /** Its days are being filled, today first. */
  | 'FILLING'
  /** All days are filled, and things go on happening. */
  | 'PLAYING'
  /** Its tenant holds what an earlier run has left, and nothing happens. */
  | 'STOPPED';

/** What figures may be broken down by. */
export type Dimension =
  /** Whose conversation a session is; who wrote a message, or whom a rating names. */
  | 'AGENT'
  /** The channel of the session's start; of a message or rating that of its session. */
  | 'CHANNEL'
  /** The model that a message by the AI names; sessions have none. */
  | 'MODEL'
  | 'PRODUCT'
  /** The queue of the session's first queueing; of a message or rating that of its session. */
  | 'QUEUE';

/** What a reviewer made of a dispute. */
export type DisputeRuling =
  | 'ACCEPTED'
  | 'PARTLY_ACCEPTED'
  | 'REJECTED';

/** Which quarantined events to drop: either `ids` or `product`. */
export type DropQuarantineInput = {
  /** 1 to 1,000 ids of the quarantine; those that are not there are passed over. */
  ids?: Array<string> | null | undefined;
  /** All of a product; an empty text stands for those of which none could be read. */
  product?: string | null | undefined;
  /** Another tenant than the caller's own. */
  tenantId?: string | null | undefined;
};

/** How safe an event must be before the caller is answered. */
export type Durability =
  /** Answered once the event is in the durable buffer; without Redis that is the database. */
  | 'BUFFERED'
  /**
   * Answered once a replica of Redis has the event too; where none confirms in time, or without
   * Redis, once it is committed to the database.
   */
  | 'REPLICATED'
  /**
   * Answered once the event is committed to the database; only then is DUPLICATE known for
   * certain.
   */
  | 'STORED';

/** Which events to list. */
export type EventFilter = {
  from: string;
  name?: string | null | undefined;
  product?: string | null | undefined;
  sessionId?: string | null | undefined;
  /** Exclusive; at most 31 days after `from`. */
  to: string;
};

/** How bad something is that an audit has found. */
export type FindingSeverity =
  | 'CRITICAL'
  | 'MAJOR'
  | 'MINOR';

/** Open sessions that the live floor counts, as it is at this moment. */
export type FloorSessions =
  /** `activeSessions`: started, with an event in the last 30 minutes. */
  | 'ACTIVE'
  /** `slaAlerts`: of these, those that wait for longer than the tenant's threshold. */
  | 'LATE'
  /** `queueCount`: queued and not assigned, with an event in the last day. */
  | 'WAITING';

/** How fine figures are told over time. */
export type Grain =
  | 'DAY'
  /** Hours by the clock of the tenant's zone: 23 or 25 on days when clocks change. */
  | 'HOUR'
  | 'MONTH'
  /** Weeks from Monday to Sunday. */
  | 'WEEK';

/** Why a row of the ledger was added. */
export type LedgerKind =
  /** The call as it was recorded. */
  | 'CALL'
  /** Somebody said what it has really used (`correctTokenUsage`). */
  | 'CORRECTION'
  /** The prices of its day have changed since (`repriceUsage`). */
  | 'REPRICING';

/**
 * Rows to count: those that have one of the values of each dimension that is given. `null` among
 * values stands for rows that have none.
 */
export type MetricFilter = {
  agentIds?: Array<string | null | undefined> | null | undefined;
  channels?: Array<string | null | undefined> | null | undefined;
  models?: Array<string | null | undefined> | null | undefined;
  products?: Array<string | null | undefined> | null | undefined;
  queues?: Array<string | null | undefined> | null | undefined;
};

/** What a figure's number means. */
export type MetricUnit =
  | 'COUNT'
  | 'PERCENT'
  /** Points of the rating, 1 to 5. */
  | 'SCORE'
  | 'SECONDS';

/** Who refused an event that is quarantined. */
export type QuarantineOrigin =
  /** It was in the buffer, but is no event. */
  | 'BUFFER'
  /** The database would not take it. */
  | 'DATABASE';

/** What happens to who would use more than the plan has. */
export type QuotaLimit =
  /** `reserveTokens` refuses what is not there. */
  | 'HARD'
  /** It is told, nothing more. */
  | 'SOFT';

/** Which quarantined events to replay: either `ids` or `product`. */
export type ReplayQuarantineInput = {
  /** 1 to 1,000 ids of the quarantine; those that are not there are passed over. */
  ids?: Array<string> | null | undefined;
  /** All of a product; an empty text stands for those of which none could be read. */
  product?: string | null | undefined;
  /** Another tenant than the caller's own. */
  tenantId?: string | null | undefined;
};

/** Where a reservation stands. */
export type ReservationStatus =
  /** Its time was up; its tokens are free again, and its call can still be settled. */
  | 'EXPIRED'
  /** It holds its tokens. */
  | 'OPEN'
  /** Its tokens were given back. */
  | 'RELEASED'
  /** Its call is recorded. */
  | 'SETTLED';

/** Why a sealed day was rebuilt. */
export type RestatementReason =
  /** Events of the day came after it had been sealed. */
  | 'LATE_EVENTS'
  /** Events that had been counted are not there any more. */
  | 'MISSING_EVENTS'
  /**
   * As many events as before: an event of another day changed a session of this one, or the day had
   * differed from its events.
   */
  | 'RECOMPUTED'
  /** The tenant's time zone or threshold has changed. */
  | 'SETTINGS';

/** A person's verdict on an audit that waits for one. */
export type ReviewAuditInput = {
  /** E.g. `QA-001`. */
  auditId: string;
  /** Why, at most 2,000 characters; kept in the audit's history. */
  comment?: string | null | undefined;
  /** 0 to 100. Passed at or above the pass mark, failed below it. */
  finalScore: number;
  /**
   * The `version` that the reviewer has seen: `CONFLICT` when there is another. Left out, whatever
   * is there is reviewed.
   */
  version?: number | null | undefined;
};

/** Something that takes a right; the manual says for each what it covers. */
export type Right =
  | 'ACKNOWLEDGE_ALERTS'
  | 'CHECK_QUOTA'
  | 'CORRECT_USAGE'
  | 'CREATE_AUDITS'
  | 'CREATE_PAST_AUDITS'
  | 'DISPUTE_AUDITS'
  | 'ENTER_OTHER_TENANTS'
  | 'MANAGE_DEMO'
  | 'MANAGE_QUARANTINE'
  | 'READ_AGENTS'
  | 'READ_AGENT_FIGURES'
  | 'READ_AUDITS'
  | 'READ_AUDIT_FIGURES'
  | 'READ_BILLING'
  | 'READ_BOOKS'
  | 'READ_EVENTS'
  | 'READ_FIGURES'
  | 'READ_FLOOR'
  | 'READ_RESTATEMENTS'
  | 'READ_SCORECARDS'
  | 'READ_SESSIONS'
  | 'READ_VIEWER'
  | 'RECORD_USAGE'
  | 'REPRICE_USAGE'
  | 'RESERVE_TOKENS'
  | 'REVIEW_AUDITS'
  | 'SEND_EVENTS'
  | 'SET_AGENT_STATUS'
  | 'VERIFY_ROLLUP';

/** What a conversation with a person is assumed to cost, in place of the configuration. */
export type RoiAssumptionsInput = {
  /** Cost of a person's minute in the currency of the prices, 0 to 1,000,000. */
  costPerMinute?: string | null | undefined;
  /** Minutes a person needs for one session, 0 to 10,080. */
  minutesPerSession?: string | null | undefined;
  /** Hours a full-time agent works in a month, 1 to 744. */
  workHoursPerMonth?: string | null | undefined;
};

/** What a caller may do. */
export type Role =
  /** Sees and does what is its own: the subject is the agent's id. */
  | 'AGENT'
  /** Sends events, token usage, agent status and audits. */
  | 'INGEST'
  /** Everything, in every tenant. */
  | 'OPERATOR'
  /** Reads, creates and reviews audits. */
  | 'REVIEWER'
  /** Reads figures, events and audits of its tenant. */
  | 'VIEWER';

/** What a row is. */
export type RowKind =
  | 'EVENT'
  | 'SESSION';

/** How a reviewer rules on a dispute. */
export type RuleOnDisputeInput = {
  /** E.g. `QA-001`. */
  auditId: string;
  /** Why, 1 to 2,000 characters. */
  comment: string;
  /** The new score, 0 to 100 and another than the disputed one; left out where the dispute is rejected. */
  finalScore?: number | null | undefined;
  ruling: DisputeRuling;
  /** The `version` that the reviewer has seen. */
  version?: number | null | undefined;
};

/** An audit to be stored by its answers. */
export type ScoreAuditInput = {
  /** Who led it, 1 to 64 characters; left out when it was the AI alone. */
  agentId?: string | null | undefined;
  /** One for each category. */
  answers: Array<AuditAnswerInput>;
  auditType: AuditType;
  /** At most 100 characters. */
  customerName?: string | null | undefined;
  /** What was found, by code; at most 100. */
  findings?: Array<AuditFindingInput> | null | undefined;
  /** One of `quality.scorecards`. */
  scorecard: string;
  /** The greatest unless it is told. */
  scorecardVersion?: number | null | undefined;
  /** The conversation, 1 to 64 characters. */
  sessionId: string;
  /** The kind of conversation, at most 50 characters. */
  sessionType?: string | null | undefined;
};

/** How the final score follows from the machine's and the person's. */
export type ScoreRule =
  /** No person has judged: the machine's. */
  | 'AUTOMATIC'
  /** The person's, whatever the machine's. */
  | 'HUMAN';

/** Which sessions are listed; a field that is left out does not narrow the list. */
export type SessionFilter = {
  /** Whom it was last assigned to. */
  agentId?: string | null | undefined;
  channel?: string | null | undefined;
  /** Whether it has ended. */
  ended?: boolean | null | undefined;
  /** Those that the live floor counts at this moment. */
  floor?: FloorSessions | null | undefined;
  /** First instant of `firstEventAt`. */
  from?: string | null | undefined;
  outcome?: SessionOutcome | null | undefined;
  product?: string | null | undefined;
  queue?: string | null | undefined;
  /** End of the stretch of `firstEventAt`, excluded. */
  to?: string | null | undefined;
  visitorId?: string | null | undefined;
};

/** What has become of a session. Exactly one holds; `measure::OUTCOME` decides which. */
export type SessionOutcome =
  /** Ended while in the queue without an answer by a person: `abandoned` of the figures. */
  | 'ABANDONED'
  /**
   * Ended, never transferred, queued or assigned to a person, `resolved` not false: `aiResolved`
   * of the figures.
   */
  | 'AI_RESOLVED'
  /** Ended in any other way: left unresolved by the AI, or transferred and never queued. */
  | 'CLOSED'
  /** Ended after it was assigned to a person. */
  | 'HANDLED'
  /** Assigned to a person and not ended. */
  | 'IN_HAND'
  /** Not ended, and neither queued nor assigned: with the AI. */
  | 'OPEN_AI'
  /** Queued, neither assigned nor ended. `queueCount` counts those that have not fallen silent. */
  | 'WAITING';

/** One call of a language model. */
export type TokenUsageInput = {
  /** `chat`, `workflow`, …; at most 30 characters. */
  apiType?: string | null | undefined;
  /** Those of `inputTokens` that came from a cache, 0 to `inputTokens`. */
  cachedInputTokens?: number | null | undefined;
  /**
   * All tokens that went in, also from a cache: a provider that counts these apart has both
   * added up here. Without input and output the cost is not known.
   */
  inputTokens?: number | null | undefined;
  /** As in the configured prices, at most 50 characters. */
  model?: string | null | undefined;
  /** All tokens that came out, also for reasoning. */
  outputTokens?: number | null | undefined;
  /**
   * Whose id that is, at most 30 characters, spelled alike each time: the same id of another
   * provider is another call.
   */
  provider?: string | null | undefined;
  /** Those of `outputTokens` that were spent on reasoning, 0 to `outputTokens`. */
  reasoningTokens?: number | null | undefined;
  /**
   * The provider's own id of the call (Coze: `chat.id`), 1 to 64 characters. Left out, the
   * server makes one, and a retry is billed again.
   */
  requestId?: string | null | undefined;
  /** The conversation it belongs to, 1 to 64 characters. */
  sessionId?: string | null | undefined;
  /** Left out, `COMPLETED`. */
  status?: UsageStatus | null | undefined;
  /** All tokens, 0 or more; has to equal `inputTokens` + `outputTokens` where both are given. */
  tokens: number;
  /**
   * False when the provider did not say how many tokens there were, as of calls that failed;
   * `tokens` is 0 then, without parts, and the cost is not known. Left out, true.
   */
  usageKnown?: boolean | null | undefined;
  /** When it happened, at most five minutes ahead; left out, when it arrives. */
  usedAt?: string | null | undefined;
};

/** An event to store. */
export type TrackEventInput = {
  /** Free JSON, at most 64 KiB. */
  data?: unknown;
  /**
   * 1 to 64 characters. The same id on a retry: an id is counted once. Left out, the server
   * makes one, and a retry counts again.
   */
  id?: string | null | undefined;
  /** 1 to 50 characters, e.g. `session.start`; the manual lists the names that feed figures. */
  name: string;
  /** When it happened, at most five minutes ahead; left out, when it arrived. */
  occurredAt?: string | null | undefined;
  /** The product that sends it, 1 to 30 characters. */
  product: string;
  /** The conversation it belongs to, 1 to 64 characters; `session.*` events need it. */
  sessionId?: string | null | undefined;
};

/** The answer for one event. */
export type TrackStatus =
  /** Taken; with `durability: STORED` its id was new. */
  | 'ACCEPTED'
  /** Its id is stored already, with another body. The first stays. */
  | 'CONFLICT'
  /** Its id is stored already, with the same body. Nothing changed. */
  | 'DUPLICATE'
  /** Not taken; `reason` says why. Sending it again unchanged is of no use. */
  | 'REJECTED';

/** Where a number is going. */
export type Trend =
  /** More than 5 % below. */
  | 'DOWN'
  /** Within 5 % of them. */
  | 'STABLE'
  /** More than 5 % above the five minutes before. */
  | 'UP';

/** How a call ended. */
export type UsageStatus =
  /** With a whole answer. */
  | 'COMPLETED'
  /** Without one. */
  | 'FAILED'
  /** The answer ended before it was whole. */
  | 'INTERRUPTED';

/** Where the webhook of a mark stands. */
export type WebhookStatus =
  /** The receiver has taken it. */
  | 'DELIVERED'
  /** The receiver did not take it for three days, or wants no more messages. */
  | 'GIVEN_UP'
  /** It is sent, again if need be. */
  | 'PENDING';

export type BillingPortalQueryVariables = Exact<{
  days?: number | null | undefined;
}>;


export type BillingPortalQuery = { billing: { usage: { tokensUsed: number, tokensTotal: number, usagePercent: number, resetDate: string }, roi: { savedCost: string, autoResolveRate: number | null, equivalentHeadcount: number, period: string }, quota: { plan: string, tokensTotal: number, tokensUsed: number, tokensReserved: number, tokensRemaining: number, limit: QuotaLimit, resetDate: string }, daily: Array<{ date: string, totalTokens: number, totalApiCalls: number, inputTokens: number, cachedInputTokens: number, outputTokens: number, reasoningTokens: number, unsplitTokens: number, estimatedCost: string | null, knownCost: string, unpricedCalls: number }> } };

export type BillingModelsQueryVariables = Exact<{
  from: string;
  to: string;
}>;


export type BillingModelsQuery = { billing: { models: Array<{ model: string | null, totalTokens: number, totalApiCalls: number, inputTokens: number, cachedInputTokens: number, outputTokens: number, reasoningTokens: number, unsplitTokens: number, knownCost: string, estimatedCost: string | null, unpricedCalls: number }> } };

export type BillingUntilQueryVariables = Exact<{
  days: number;
  until?: string | null | undefined;
}>;


export type BillingUntilQuery = { billing: { daily: Array<{ date: string, totalTokens: number, totalApiCalls: number, estimatedCost: string | null }> } };

export type QuotaForecastQueryVariables = Exact<{ [key: string]: never; }>;


export type QuotaForecastQuery = { billing: { forecast: { runsOutOn: string | null, earliest: string | null, latest: string | null, expectedTokens: number, days: number } | null } };

export type ReturnOnInvestmentQueryVariables = Exact<{
  assumptions?: RoiAssumptionsInput | null | undefined;
}>;


export type ReturnOnInvestmentQuery = { billing: { roi: { savedCost: string, formula: string, autoResolveRate: number | null, breakEvenRate: number | null, equivalentHeadcount: number, aiResolvedSessions: number, completedSessions: number, tokenCost: string, unpricedCalls: number, period: string, assumptions: { minutesPerSession: string, costPerMinute: string, workHoursPerMonth: string } } } };

export type LedgerQueryVariables = Exact<{
  requestId: string;
  provider?: string | null | undefined;
}>;


export type LedgerQuery = { billing: { ledger: Array<{ kind: LedgerKind, status: UsageStatus, usedAt: string, recordedAt: string, sessionId: string | null, model: string | null, apiType: string | null, usageKnown: boolean, tokens: number, inputTokens: number | null, cachedInputTokens: number | null, outputTokens: number | null, reasoningTokens: number | null, cost: string | null, price: { rule: string, inputPerMillion: string, cachedInputPerMillion: string, outputPerMillion: string, reasoningPerMillion: string } | null }> } };

export type CorrectTokenUsageMutationVariables = Exact<{
  input: CorrectTokenUsageInput;
}>;


export type CorrectTokenUsageMutation = { correctTokenUsage: { corrected: boolean, tokensChange: number, estimatedCost: string | null } };

export type RepriceUsageMutationVariables = Exact<{
  from: string;
  to: string;
  dryRun?: boolean;
}>;


export type RepriceUsageMutation = { repriceUsage: { dryRun: boolean, calls: number, changedCalls: number, unpricedBefore: number, unpricedAfter: number, costBefore: string, costAfter: string, difference: string, changes: Array<{ requestId: string, provider: string, usedAt: string, model: string | null, costBefore: string | null, costAfter: string | null, rule: string | null }> } };

export type QuotaCheckQueryVariables = Exact<{
  tokens: number;
}>;


export type QuotaCheckQuery = { billing: { checkQuota: { allowed: boolean, withinQuota: boolean, limit: QuotaLimit, tokensTotal: number, tokensUsed: number, tokensReserved: number, tokensAvailable: number, resetDate: string }, quotaAlerts: Array<{ percent: number, crossedAt: string, tokensUsed: number, tokensTotal: number, periodStart: string, resetDate: string, webhook: { id: string, status: WebhookStatus, attempts: number, lastAttemptAt: string | null, nextAttemptAt: string | null, deliveredAt: string | null, httpStatus: number | null, error: string | null } | null }> } };

export type ReserveTokensMutationVariables = Exact<{
  tokens: number;
  ttlSecs: number;
  key?: string | null | undefined;
}>;


export type ReserveTokensMutation = { reserveTokens: { granted: boolean, tokensAvailable: number, reservation: { id: string, key: string, tokens: number, status: ReservationStatus, createdAt: string, expiresAt: string, settledTokens: number | null } | null } };

export type SettleReservationMutationVariables = Exact<{
  id: string;
  tokens: number;
  call?: TokenUsageInput | null | undefined;
}>;


export type SettleReservationMutation = { settleReservation: { changed: boolean, estimatedCost: string | null, reservation: { status: ReservationStatus, settledTokens: number | null } } };

export type ReleaseReservationMutationVariables = Exact<{
  id: string;
}>;


export type ReleaseReservationMutation = { releaseReservation: { changed: boolean, reservation: { status: ReservationStatus } } };

export type DashboardQueryVariables = Exact<{
  product?: string | null | undefined;
  trendDays?: number | null | undefined;
  satisfactionDays?: number | null | undefined;
}>;


export type DashboardQuery = { stats: { today: { totalSessions: number, avgResponseTime: number | null, satisfactionRate: number | null, qualityRating: string | null, changes: { sessions: string | null, responseTime: string | null, satisfaction: string | null } }, trend: Array<{ date: string, name: string, sessions: number }>, satisfaction: { distribution: Array<{ label: string, value: number, color: string }> } } };

export type DashboardPeriodQueryVariables = Exact<{
  product?: string | null | undefined;
  from: string;
  to: string;
}>;


export type DashboardPeriodQuery = { stats: { period: { totalSessions: number, completedSessions: number, aiResolved: number, transferred: number, answered: number, abandoned: number, resolved: number, avgSessionDuration: number | null, avgResponseTime: number | null, avgSpeedOfAnswer: number | null, serviceLevel: number | null, totalMessages: number, avgRating: number | null, ratingCount: number, satisfactionRate: number | null } } };

export type DashboardUntilQueryVariables = Exact<{
  days: number;
  until?: string | null | undefined;
}>;


export type DashboardUntilQuery = { stats: { trend: Array<{ date: string, name: string, sessions: number }>, satisfaction: { distribution: Array<{ label: string, value: number }> } } };

export type DashboardAgentsQueryVariables = Exact<{
  product?: string | null | undefined;
  from: string;
  to: string;
}>;


export type DashboardAgentsQuery = { stats: { agents: Array<{ agentId: string, name: string, onlineSeconds: number, servingSeconds: number, awaySeconds: number, offlineSeconds: number, sessionsHandled: number, avgHandleTime: number | null, busySeconds: number, occupancy: number | null, utilisation: number | null, ratingCount: number, avgRating: number | null }> } };

export type MetricCatalogueQueryVariables = Exact<{ [key: string]: never; }>;


export type MetricCatalogueQuery = { metricCatalogue: Array<{ id: string, title: string, unit: MetricUnit, formula: string, goesBy: string, addsUp: boolean, dimensions: Array<Dimension>, live: boolean, floor: FloorSessions | null, measures: Array<{ id: string, definition: string }> }> };

export type MetricsQueryVariables = Exact<{
  ids: Array<string> | string;
  from: string;
  to: string;
  grain?: Grain | null | undefined;
  by?: Array<Dimension> | Dimension | null | undefined;
  filter?: MetricFilter | null | undefined;
  compare?: boolean | null | undefined;
}>;


export type MetricsQuery = { metrics: { asOf: string, timeZone: string, completeness: Completeness, series: Array<{ isOther: boolean, metric: { id: string, title: string, unit: MetricUnit }, group: Array<{ dimension: Dimension, value: string | null }>, total: { value: number | null, previous: number | null, delta: number | null, ratio: number | null }, points: Array<{ date: string, start: string, completeness: Completeness, figure: { value: number | null, previous: number | null } }> }> } };

export type ExplainMetricQueryVariables = Exact<{
  metric: string;
  from: string;
  to: string;
  filter?: MetricFilter | null | undefined;
  after?: string | null | undefined;
}>;


export type ExplainMetricQuery = { explain: { asOf: string, timeZone: string, start: string, end: string, value: number | null, numerator: number | null, denominator: number | null, rowCount: number, lateRows: number, rowsRemoved: number, metric: { title: string, formula: string, goesBy: string }, measures: Array<{ id: string, definition: string, sum: number }>, leftOut: Array<{ id: string, title: string, rows: number }>, days: Array<{ date: string, completeness: Completeness, value: number | null, rows: number }>, rows: { edges: Array<{ node: { kind: RowKind, id: string, sessionId: string | null, eventName: string | null, product: string, at: string, numerator: number, denominator: number | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } };

export type VerifyRollupQueryVariables = Exact<{
  from: string;
  to: string;
}>;


export type VerifyRollupQuery = { verifyRollup: { asOf: string, days: Array<{ date: string, state: DayState, sealedAt: string | null, differenceCount: number, differences: Array<{ what: string, product: string | null, hour: string | null, kept: number, recomputed: number }> }> } };

export type RestatementsQueryVariables = Exact<{
  from: string;
  to: string;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type RestatementsQuery = { restatements: { edges: Array<{ cursor: string, node: { date: string, restatedAt: string, measure: string, product: string | null, before: number, after: number, reason: RestatementReason, eventsMore: number } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type LiveOverviewSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type LiveOverviewSubscription = { realtimeOverview: { activeSessions: number, queueCount: number, onlineAgents: number, totalAgents: number, slaAlerts: number, systemLoad: number | null, systemLoadLabel: string, version: number, asOf: string, degraded: boolean } };

export type LiveChannelsSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type LiveChannelsSubscription = { realtimeChannels: Array<{ id: string, name: string, onlineUsers: number, load: number, trend: Trend }> };

export type LiveAgentsSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type LiveAgentsSubscription = { realtimeAgents: Array<{ agentId: string, name: string, status: AgentStatus, duration: string, load: AgentLoad }> };

export type LiveAlertsSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type LiveAlertsSubscription = { alerts: Array<{ sessionId: string, queue: string | null, customerName: string | null, waitSeconds: number, acknowledgedBy: string | null }> };

export type LiveQuotaAlertsSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type LiveQuotaAlertsSubscription = { quotaAlerts: Array<{ percent: number, crossedAt: string, tokensUsed: number, tokensTotal: number, resetDate: string }> };

export type LiveEventsSubscriptionVariables = Exact<{
  name?: string | null | undefined;
  product?: string | null | undefined;
}>;


export type LiveEventsSubscription = { eventStream: { id: string, name: string, product: string, sessionId: string | null, data: unknown, occurredAt: string, missedBefore: number } };

export type MonitoringQueryVariables = Exact<{ [key: string]: never; }>;


export type MonitoringQuery = { realtime: { overview: { activeSessions: number, queueCount: number, onlineAgents: number, totalAgents: number, slaAlerts: number, systemLoad: number | null, systemLoadLabel: string, version: number, asOf: string }, channels: Array<{ id: string, name: string, onlineUsers: number, load: number, trend: Trend }>, agents: Array<{ agentId: string, name: string, status: AgentStatus, durationSeconds: number, duration: string, load: AgentLoad }> } };

export type MonitoringAgentsQueryVariables = Exact<{
  status?: AgentStatus | null | undefined;
}>;


export type MonitoringAgentsQuery = { realtime: { agents: Array<{ agentId: string, name: string, status: AgentStatus, duration: string, load: AgentLoad }> } };

export type MonitoringQueueQueryVariables = Exact<{
  abandoned?: AbandonedHandling | null | undefined;
}>;


export type MonitoringQueueQuery = { realtime: { queue: { waiting: number, longestWaitSeconds: number | null, waitP50Seconds: number | null, waitP90Seconds: number | null, serviceLevel: { value: number | null, formula: string, queued: number, answeredInTime: number, abandonedInTime: number } }, alerts: Array<{ sessionId: string, queue: string | null, customerName: string | null, waitSeconds: number, openedAt: string, acknowledgedBy: string | null, acknowledgedAt: string | null }> } };

export type QualityAuditQueryVariables = Exact<{
  page?: number | null | undefined;
  size?: number | null | undefined;
  filter?: AuditFilter | null | undefined;
  sort?: AuditSort | null | undefined;
}>;


export type QualityAuditQuery = { quality: { summary: { passRate: number | null, passed: number, decided: number, auditedCount: number, pendingReview: number, passRateInterval: { low: number, high: number } | null }, records: { total: number, page: number, size: number, items: Array<{ id: string, sessionId: string, agent: string | null, customer: string | null, score: number, status: AuditStatus, auditType: AuditType, type: string | null, issues: unknown, date: string }> } } };

export type AuditListQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: AuditFilter | null | undefined;
}>;


export type AuditListQuery = { quality: { audits: { edges: Array<{ cursor: string, node: { id: string, sessionId: string, agentId: string | null, score: number, status: AuditStatus, auditType: AuditType, auditedAt: string } }>, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null } } } };

export type AuditDetailQueryVariables = Exact<{
  id: string;
}>;


export type AuditDetailQuery = { quality: { audit: { id: string, sessionId: string, agentId: string | null, agent: string | null, customer: string | null, score: number, scoreRule: ScoreRule, autoScore: number | null, humanScore: number | null, status: AuditStatus, version: number, auditType: AuditType, type: string | null, issues: unknown, date: string, auditedAt: string, reviewedBy: string | null, reviewedAt: string | null, claimedBy: string | null, claimedUntil: string | null, history: Array<{ version: number, step: AuditStep, scoreBefore: number | null, score: number, statusBefore: AuditStatus | null, status: AuditStatus, by: string, at: string, comment: string | null }>, dispute: { scoredBy: string, raisedBy: string, raisedAt: string, comment: string, ruling: DisputeRuling | null, ruledBy: string | null, ruledAt: string | null, rulingComment: string | null } | null } | null } };

export type ReviewQueueQueryVariables = Exact<{
  order?: AuditOrder | null | undefined;
}>;


export type ReviewQueueQuery = { quality: { nextAudit: { id: string, version: number, sessionId: string, agent: string | null, score: number, auditedAt: string } | null, pending: { total: number, claimed: number, oldestAt: string | null, ages: Array<{ underHours: number | null, count: number }> } } };

export type ScoreQualityQueryVariables = Exact<{ [key: string]: never; }>;


export type ScoreQualityQuery = { quality: { agreement: { pairs: number, withinTen: number, rate: number | null, kappa: number | null }, overturns: Array<{ scoredBy: string, open: number, accepted: number, partlyAccepted: number, rejected: number, overturnRate: number | null }> } };

export type AuditFindingsQueryVariables = Exact<{
  from: string;
  to: string;
}>;


export type AuditFindingsQuery = { quality: { scorecards: Array<{ id: string, version: number, title: string, categories: Array<{ id: string, title: string, points: number, weight: number, critical: boolean }> }>, findingCounts: Array<{ code: string, severity: FindingSeverity, findings: number, audits: number }> } };

export type ScoreAuditMutationVariables = Exact<{
  input: ScoreAuditInput;
}>;


export type ScoreAuditMutation = { scoreAudit: { id: string, score: number, status: AuditStatus, scorecard: string | null, scorecardVersion: number | null, scoreOfAnswers: number | null, answers: Array<{ category: string, points: number | null, of: number, weight: number, critical: boolean }>, findings: Array<{ code: string, severity: FindingSeverity, eventId: string | null }> } };

export type CreateAuditMutationVariables = Exact<{
  input: CreateAuditInput;
}>;


export type CreateAuditMutation = { createAudit: { id: string, score: number, status: AuditStatus, auditType: AuditType, date: string } };

export type ReviewAuditMutationVariables = Exact<{
  input: ReviewAuditInput;
}>;


export type ReviewAuditMutation = { reviewAudit: { id: string, score: number, status: AuditStatus, reviewedBy: string | null, reviewedAt: string | null } };

export type ClaimAuditMutationVariables = Exact<{
  auditId: string;
  leaseSecs?: number | null | undefined;
}>;


export type ClaimAuditMutation = { claimAudit: { id: string, version: number, claimedBy: string | null, claimedUntil: string | null } };

export type ReleaseAuditMutationVariables = Exact<{
  auditId: string;
}>;


export type ReleaseAuditMutation = { releaseAudit: { id: string, claimedBy: string | null } };

export type DisputeAuditMutationVariables = Exact<{
  auditId: string;
  comment: string;
}>;


export type DisputeAuditMutation = { disputeAudit: { id: string, version: number, dispute: { raisedAt: string, comment: string } | null } };

export type RuleOnDisputeMutationVariables = Exact<{
  input: RuleOnDisputeInput;
}>;


export type RuleOnDisputeMutation = { ruleOnDispute: { id: string, score: number, status: AuditStatus, version: number, dispute: { ruling: DisputeRuling | null, ruledBy: string | null, rulingComment: string | null } | null } };

export type TrackEventMutationVariables = Exact<{
  input: TrackEventInput;
}>;


export type TrackEventMutation = { trackEvent: { id: string, status: TrackStatus, reason: string | null } };

export type TrackEventsMutationVariables = Exact<{
  input: Array<TrackEventInput> | TrackEventInput;
}>;


export type TrackEventsMutation = { trackEvents: Array<{ id: string, status: TrackStatus, reason: string | null }> };

export type TrackEventStoredMutationVariables = Exact<{
  input: TrackEventInput;
  durability?: Durability | null | undefined;
}>;


export type TrackEventStoredMutation = { trackEvent: { id: string, status: TrackStatus, reason: string | null } };

export type EventsQueryVariables = Exact<{
  filter: EventFilter;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type EventsQuery = { events: { edges: Array<{ cursor: string, node: { id: string, name: string, product: string, sessionId: string | null, data: unknown, occurredAt: string, receivedAt: string } }>, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null } } };

export type SessionsQueryVariables = Exact<{
  filter?: SessionFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type SessionsQuery = { sessions: { edges: Array<{ cursor: string, node: { id: string, product: string, channel: string | null, queue: string | null, agentId: string | null, firstEventAt: string, outcome: SessionOutcome, durationSeconds: number | null, waitSeconds: number | null, handleSeconds: number | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type SessionQueryVariables = Exact<{
  id: string;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type SessionQuery = { session: { id: string, product: string, channel: string | null, channelName: string | null, visitorId: string | null, customerName: string | null, queue: string | null, agentId: string | null, startedAt: string | null, queuedAt: string | null, assignedAt: string | null, transferredAt: string | null, endedAt: string | null, endedBy: string | null, resolved: boolean | null, firstEventAt: string, lastEventAt: string, outcome: SessionOutcome, durationSeconds: number | null, waitSeconds: number | null, handleSeconds: number | null, events: { edges: Array<{ cursor: string, node: { id: string, name: string, data: unknown, occurredAt: string } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type IngestStatusQueryVariables = Exact<{ [key: string]: never; }>;


export type IngestStatusQuery = { ingestStatus: { accepted: number, stored: number, duplicate: number, conflict: number, rejected: number, pending: number, oldestPendingSeconds: number | null, products: Array<{ product: string, accepted: number, stored: number, duplicate: number, conflict: number, rejected: number, pending: number }> } };

export type QuarantineQueryVariables = Exact<{
  product?: string | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type QuarantineQuery = { quarantine: { edges: Array<{ cursor: string, node: { id: string, product: string, eventId: string | null, payload: string, reason: string, origin: QuarantineOrigin, quarantinedAt: string } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type ReplayQuarantineMutationVariables = Exact<{
  input: ReplayQuarantineInput;
}>;


export type ReplayQuarantineMutation = { replayQuarantine: { accepted: number, kept: number } };

export type DropQuarantineMutationVariables = Exact<{
  input: DropQuarantineInput;
}>;


export type DropQuarantineMutation = { dropQuarantine: { dropped: number } };

export type RecordTokenUsageMutationVariables = Exact<{
  input: TokenUsageInput;
}>;


export type RecordTokenUsageMutation = { recordTokenUsage: { recorded: boolean, estimatedCost: string | null } };

export type RecordTokenUsagesMutationVariables = Exact<{
  input: Array<TokenUsageInput> | TokenUsageInput;
}>;


export type RecordTokenUsagesMutation = { recordTokenUsages: Array<{ recorded: boolean, estimatedCost: string | null, reason: string | null }> };

export type UpdateAgentStatusMutationVariables = Exact<{
  input: AgentStatusInput;
}>;


export type UpdateAgentStatusMutation = { updateAgentStatus: { agentId: string, name: string, status: AgentStatus, durationSeconds: number, duration: string, load: AgentLoad } };

export type AcknowledgeAlertMutationVariables = Exact<{
  sessionId: string;
}>;


export type AcknowledgeAlertMutation = { acknowledgeAlert: { sessionId: string, waitSeconds: number, acknowledgedBy: string | null, acknowledgedAt: string | null } };

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { viewer: { tenantId: string, subject: string, role: Role, rights: Array<Right>, ownRights: Array<Right>, timeZone: string, isOpen: boolean, isDemo: boolean, hasEvents: boolean, serverTime: string, demo: { state: DemoState, key: string, daysFilled: number, days: number, startedAt: string | null } | null } };

export type StartDemoMutationVariables = Exact<{ [key: string]: never; }>;


export type StartDemoMutation = { startDemo: { state: DemoState, key: string, daysFilled: number, days: number, startedAt: string | null } };

export type RemoveDemoMutationVariables = Exact<{ [key: string]: never; }>;


export type RemoveDemoMutation = { removeDemo: { state: DemoState, daysFilled: number, days: number } };

export const BillingPortal: Operation<BillingPortalQuery, BillingPortalQueryVariables> = /* @__PURE__ */ operation("BillingPortal", "query", "# The whole BillingPortal page: usage, return on investment, quota, and cost a day.\nquery BillingPortal($days: Int = 30) {\n  billing {\n    usage {\n      tokensUsed\n      tokensTotal\n      usagePercent\n      resetDate\n    }\n    roi {\n      savedCost\n      autoResolveRate\n      equivalentHeadcount\n      period\n    }\n    quota {\n      plan\n      tokensTotal\n      tokensUsed\n      tokensReserved\n      tokensRemaining\n      limit\n      resetDate\n    }\n    daily(days: $days) {\n      date\n      totalTokens\n      totalApiCalls\n      inputTokens\n      cachedInputTokens\n      outputTokens\n      reasoningTokens\n      unsplitTokens\n      estimatedCost\n      knownCost\n      unpricedCalls\n    }\n  }\n}");
export const BillingModels: Operation<BillingModelsQuery, BillingModelsQueryVariables> = /* @__PURE__ */ operation("BillingModels", "query", "# What each model used and cost over some days, with its tokens in parts that do not overlap.\nquery BillingModels($from: Date!, $to: Date!) {\n  billing {\n    models(from: $from, to: $to) {\n      model\n      totalTokens\n      totalApiCalls\n      inputTokens\n      cachedInputTokens\n      outputTokens\n      reasoningTokens\n      unsplitTokens\n      knownCost\n      estimatedCost\n      unpricedCalls\n    }\n  }\n}");
export const BillingUntil: Operation<BillingUntilQuery, BillingUntilQueryVariables> = /* @__PURE__ */ operation("BillingUntil", "query", "# Tokens, calls and cost a day, ending on a day of your choice.\nquery BillingUntil($days: Int!, $until: Date) {\n  billing {\n    daily(days: $days, until: $until) {\n      date\n      totalTokens\n      totalApiCalls\n      estimatedCost\n    }\n  }\n}");
export const QuotaForecast: Operation<QuotaForecastQuery, QuotaForecastQueryVariables> = /* @__PURE__ */ operation("QuotaForecast", "query", "# When the tokens of the plan run out, with the days between which it lies in eight of ten cases.\nquery QuotaForecast {\n  billing {\n    forecast {\n      runsOutOn\n      earliest\n      latest\n      expectedTokens\n      days\n    }\n  }\n}");
export const ReturnOnInvestment: Operation<ReturnOnInvestmentQuery, ReturnOnInvestmentQueryVariables> = /* @__PURE__ */ operation("ReturnOnInvestment", "query", "# What the AI saved this month under assumptions of your own, with every number that went into it.\nquery ReturnOnInvestment($assumptions: RoiAssumptionsInput) {\n  billing {\n    roi(assumptions: $assumptions) {\n      savedCost\n      formula\n      autoResolveRate\n      breakEvenRate\n      equivalentHeadcount\n      aiResolvedSessions\n      completedSessions\n      tokenCost\n      unpricedCalls\n      assumptions {\n        minutesPerSession\n        costPerMinute\n        workHoursPerMonth\n      }\n      period\n    }\n  }\n}");
export const Ledger: Operation<LedgerQuery, LedgerQueryVariables> = /* @__PURE__ */ operation("Ledger", "query", "# The ledger of one call: as it was recorded, then its corrections.\nquery Ledger($requestId: ID!, $provider: String) {\n  billing {\n    ledger(requestId: $requestId, provider: $provider) {\n      kind\n      status\n      usedAt\n      recordedAt\n      sessionId\n      model\n      apiType\n      usageKnown\n      tokens\n      inputTokens\n      cachedInputTokens\n      outputTokens\n      reasoningTokens\n      cost\n      price {\n        rule\n        inputPerMillion\n        cachedInputPerMillion\n        outputPerMillion\n        reasoningPerMillion\n      }\n    }\n  }\n}");
export const CorrectTokenUsage: Operation<CorrectTokenUsageMutation, CorrectTokenUsageMutationVariables> = /* @__PURE__ */ operation("CorrectTokenUsage", "mutation", "# Corrects what a recorded call has used; the difference becomes a row of its own.\nmutation CorrectTokenUsage($input: CorrectTokenUsageInput!) {\n  correctTokenUsage(input: $input) {\n    corrected\n    tokensChange\n    estimatedCost\n  }\n}");
export const RepriceUsage: Operation<RepriceUsageMutation, RepriceUsageMutationVariables> = /* @__PURE__ */ operation("RepriceUsage", "mutation", "# What the calls of some days would cost by the present prices; stored only with dryRun false.\nmutation RepriceUsage($from: Date!, $to: Date!, $dryRun: Boolean! = true) {\n  repriceUsage(from: $from, to: $to, dryRun: $dryRun) {\n    dryRun\n    calls\n    changedCalls\n    unpricedBefore\n    unpricedAfter\n    costBefore\n    costAfter\n    difference\n    changes {\n      requestId\n      provider\n      usedAt\n      model\n      costBefore\n      costAfter\n      rule\n    }\n  }\n}");
export const QuotaCheck: Operation<QuotaCheckQuery, QuotaCheckQueryVariables> = /* @__PURE__ */ operation("QuotaCheck", "query", "# Whether the plan has so many tokens left, and the marks of the quota that were reached.\nquery QuotaCheck($tokens: Long!) {\n  billing {\n    checkQuota(tokens: $tokens) {\n      allowed\n      withinQuota\n      limit\n      tokensTotal\n      tokensUsed\n      tokensReserved\n      tokensAvailable\n      resetDate\n    }\n    quotaAlerts(first: 20) {\n      percent\n      crossedAt\n      tokensUsed\n      tokensTotal\n      periodStart\n      resetDate\n      webhook {\n        id\n        status\n        attempts\n        lastAttemptAt\n        nextAttemptAt\n        deliveredAt\n        httpStatus\n        error\n      }\n    }\n  }\n}");
export const ReserveTokens: Operation<ReserveTokensMutation, ReserveTokensMutationVariables> = /* @__PURE__ */ operation("ReserveTokens", "mutation", "# Holds tokens for a call to come; the same key again is the same reservation.\nmutation ReserveTokens($tokens: Long!, $ttlSecs: Int!, $key: ID) {\n  reserveTokens(tokens: $tokens, ttlSecs: $ttlSecs, key: $key) {\n    granted\n    tokensAvailable\n    reservation {\n      id\n      key\n      tokens\n      status\n      createdAt\n      expiresAt\n      settledTokens\n    }\n  }\n}");
export const SettleReservation: Operation<SettleReservationMutation, SettleReservationMutationVariables> = /* @__PURE__ */ operation("SettleReservation", "mutation", "# Ends a reservation with what its call has used, and records the call.\nmutation SettleReservation($id: ID!, $tokens: Long!, $call: TokenUsageInput) {\n  settleReservation(id: $id, tokens: $tokens, call: $call) {\n    changed\n    estimatedCost\n    reservation {\n      status\n      settledTokens\n    }\n  }\n}");
export const ReleaseReservation: Operation<ReleaseReservationMutation, ReleaseReservationMutationVariables> = /* @__PURE__ */ operation("ReleaseReservation", "mutation", "# Gives the tokens of a reservation back.\nmutation ReleaseReservation($id: ID!) {\n  releaseReservation(id: $id) {\n    changed\n    reservation {\n      status\n    }\n  }\n}");
export const Dashboard: Operation<DashboardQuery, DashboardQueryVariables> = /* @__PURE__ */ operation("Dashboard", "query", "# The whole Dashboard page: today against yesterday, sessions a day, and how customers rated.\nquery Dashboard($product: String, $trendDays: Int = 7, $satisfactionDays: Int = 30) {\n  stats(product: $product) {\n    today {\n      totalSessions\n      avgResponseTime\n      satisfactionRate\n      qualityRating\n      changes {\n        sessions\n        responseTime\n        satisfaction\n      }\n    }\n    trend(days: $trendDays) {\n      date\n      name\n      sessions\n    }\n    satisfaction(days: $satisfactionDays) {\n      distribution {\n        label\n        value\n        color\n      }\n    }\n  }\n}");
export const DashboardPeriod: Operation<DashboardPeriodQuery, DashboardPeriodQueryVariables> = /* @__PURE__ */ operation("DashboardPeriod", "query", "# Every efficiency figure over a stretch of days, both ends included.\nquery DashboardPeriod($product: String, $from: Date!, $to: Date!) {\n  stats(product: $product) {\n    period(from: $from, to: $to) {\n      totalSessions\n      completedSessions\n      aiResolved\n      transferred\n      answered\n      abandoned\n      resolved\n      avgSessionDuration\n      avgResponseTime\n      avgSpeedOfAnswer\n      serviceLevel\n      totalMessages\n      avgRating\n      ratingCount\n      satisfactionRate\n    }\n  }\n}");
export const DashboardUntil: Operation<DashboardUntilQuery, DashboardUntilQueryVariables> = /* @__PURE__ */ operation("DashboardUntil", "query", "# The same curves as the page, ending on a day of your choice.\nquery DashboardUntil($days: Int!, $until: Date) {\n  stats {\n    trend(days: $days, until: $until) {\n      date\n      name\n      sessions\n    }\n    satisfaction(days: $days, until: $until) {\n      distribution {\n        label\n        value\n      }\n    }\n  }\n}");
export const DashboardAgents: Operation<DashboardAgentsQuery, DashboardAgentsQueryVariables> = /* @__PURE__ */ operation("DashboardAgents", "query", "# How each agent spent a stretch of days: time in each state, conversations, occupancy and ratings.\nquery DashboardAgents($product: String, $from: Date!, $to: Date!) {\n  stats(product: $product) {\n    agents(from: $from, to: $to) {\n      agentId\n      name\n      onlineSeconds\n      servingSeconds\n      awaySeconds\n      offlineSeconds\n      sessionsHandled\n      avgHandleTime\n      busySeconds\n      occupancy\n      utilisation\n      ratingCount\n      avgRating\n    }\n  }\n}");
export const MetricCatalogue: Operation<MetricCatalogueQuery, MetricCatalogueQueryVariables> = /* @__PURE__ */ operation("MetricCatalogue", "query", "# Every figure as it is declared: formula, unit, the instant it goes by, and what it breaks down by.\nquery MetricCatalogue {\n  metricCatalogue {\n    id\n    title\n    unit\n    formula\n    measures {\n      id\n      definition\n    }\n    goesBy\n    addsUp\n    dimensions\n    live\n    floor\n  }\n}");
export const Metrics: Operation<MetricsQuery, MetricsQueryVariables> = /* @__PURE__ */ operation("Metrics", "query", "# Any figures over time and by up to two dimensions, beside the period before.\nquery Metrics(\n  $ids: [String!]!\n  $from: Date!\n  $to: Date!\n  $grain: Grain\n  $by: [Dimension!]\n  $filter: MetricFilter\n  $compare: Boolean\n) {\n  metrics(\n    ids: $ids\n    from: $from\n    to: $to\n    grain: $grain\n    by: $by\n    filter: $filter\n    compare: $compare\n  ) {\n    asOf\n    timeZone\n    completeness\n    series {\n      metric {\n        id\n        title\n        unit\n      }\n      group {\n        dimension\n        value\n      }\n      isOther\n      total {\n        value\n        previous\n        delta\n        ratio\n      }\n      points {\n        date\n        start\n        completeness\n        figure {\n          value\n          previous\n        }\n      }\n    }\n  }\n}");
export const ExplainMetric: Operation<ExplainMetricQuery, ExplainMetricQueryVariables> = /* @__PURE__ */ operation("ExplainMetric", "query", "# What a figure is made of: formula, fraction, what is left out, each day, and the very rows.\nquery ExplainMetric(\n  $metric: String!\n  $from: Date!\n  $to: Date!\n  $filter: MetricFilter\n  $after: String\n) {\n  explain(metric: $metric, from: $from, to: $to, filter: $filter) {\n    metric {\n      title\n      formula\n      goesBy\n    }\n    asOf\n    timeZone\n    start\n    end\n    value\n    numerator\n    denominator\n    measures {\n      id\n      definition\n      sum\n    }\n    leftOut {\n      id\n      title\n      rows\n    }\n    rowCount\n    lateRows\n    rowsRemoved\n    days {\n      date\n      completeness\n      value\n      rows\n    }\n    rows(first: 20, after: $after) {\n      edges {\n        node {\n          kind\n          id\n          sessionId\n          eventName\n          product\n          at\n          numerator\n          denominator\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n}");
export const VerifyRollup: Operation<VerifyRollupQuery, VerifyRollupQueryVariables> = /* @__PURE__ */ operation("VerifyRollup", "query", "# Whether what is kept of the last days is what their events give, and which number is not.\nquery VerifyRollup($from: Date!, $to: Date!) {\n  verifyRollup(from: $from, to: $to) {\n    asOf\n    days {\n      date\n      state\n      sealedAt\n      differenceCount\n      differences {\n        what\n        product\n        hour\n        kept\n        recomputed\n      }\n    }\n  }\n}");
export const Restatements: Operation<RestatementsQuery, RestatementsQueryVariables> = /* @__PURE__ */ operation("Restatements", "query", "# What has changed of days after they had been sealed, newest first: pass endCursor as after to read on.\nquery Restatements($from: Date!, $to: Date!, $first: Int = 50, $after: String) {\n  restatements(from: $from, to: $to, first: $first, after: $after) {\n    edges {\n      cursor\n      node {\n        date\n        restatedAt\n        measure\n        product\n        before\n        after\n        reason\n        eventsMore\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}");
export const LiveOverview: Operation<LiveOverviewSubscription, LiveOverviewSubscriptionVariables> = /* @__PURE__ */ operation("LiveOverview", "subscription", "# The present overview at once, then each change.\nsubscription LiveOverview {\n  realtimeOverview {\n    activeSessions\n    queueCount\n    onlineAgents\n    totalAgents\n    slaAlerts\n    systemLoad\n    systemLoadLabel\n    version\n    asOf\n    degraded\n  }\n}");
export const LiveChannels: Operation<LiveChannelsSubscription, LiveChannelsSubscriptionVariables> = /* @__PURE__ */ operation("LiveChannels", "subscription", "# The channels at once, then each change.\nsubscription LiveChannels {\n  realtimeChannels {\n    id\n    name\n    onlineUsers\n    load\n    trend\n  }\n}");
export const LiveAgents: Operation<LiveAgentsSubscription, LiveAgentsSubscriptionVariables> = /* @__PURE__ */ operation("LiveAgents", "subscription", "# The agents at once, then each change.\nsubscription LiveAgents {\n  realtimeAgents {\n    agentId\n    name\n    status\n    duration\n    load\n  }\n}");
export const LiveAlerts: Operation<LiveAlertsSubscription, LiveAlertsSubscriptionVariables> = /* @__PURE__ */ operation("LiveAlerts", "subscription", "# The open alerts at once, then each change.\nsubscription LiveAlerts {\n  alerts {\n    sessionId\n    queue\n    customerName\n    waitSeconds\n    acknowledgedBy\n  }\n}");
export const LiveQuotaAlerts: Operation<LiveQuotaAlertsSubscription, LiveQuotaAlertsSubscriptionVariables> = /* @__PURE__ */ operation("LiveQuotaAlerts", "subscription", "# The marks of the quota that the present billing period has reached, then all again with each.\nsubscription LiveQuotaAlerts {\n  quotaAlerts {\n    percent\n    crossedAt\n    tokensUsed\n    tokensTotal\n    resetDate\n  }\n}");
export const LiveEvents: Operation<LiveEventsSubscription, LiveEventsSubscriptionVariables> = /* @__PURE__ */ operation("LiveEvents", "subscription", "# Events as they are accepted; null means any name, any product.\nsubscription LiveEvents($name: String, $product: String) {\n  eventStream(name: $name, product: $product) {\n    id\n    name\n    product\n    sessionId\n    data\n    occurredAt\n    missedBefore\n  }\n}");
export const Monitoring: Operation<MonitoringQuery, MonitoringQueryVariables> = /* @__PURE__ */ operation("Monitoring", "query", "# The whole Monitoring page: the floor's key figures, channels and agents, as they are now.\nquery Monitoring {\n  realtime {\n    overview {\n      activeSessions\n      queueCount\n      onlineAgents\n      totalAgents\n      slaAlerts\n      systemLoad\n      systemLoadLabel\n      version\n      asOf\n    }\n    channels {\n      id\n      name\n      onlineUsers\n      load\n      trend\n    }\n    agents {\n      agentId\n      name\n      status\n      durationSeconds\n      duration\n      load\n    }\n  }\n}");
export const MonitoringAgents: Operation<MonitoringAgentsQuery, MonitoringAgentsQueryVariables> = /* @__PURE__ */ operation("MonitoringAgents", "query", "# Who is in one status, and for how long; null lists every agent.\nquery MonitoringAgents($status: AgentStatus) {\n  realtime {\n    agents(status: $status) {\n      agentId\n      name\n      status\n      duration\n      load\n    }\n  }\n}");
export const MonitoringQueue: Operation<MonitoringQueueQuery, MonitoringQueueQueryVariables> = /* @__PURE__ */ operation("MonitoringQueue", "query", "# The queue: who waits too long, how long others waited, and the service level of half an hour.\nquery MonitoringQueue($abandoned: AbandonedHandling) {\n  realtime {\n    queue {\n      waiting\n      longestWaitSeconds\n      waitP50Seconds\n      waitP90Seconds\n      serviceLevel(abandoned: $abandoned) {\n        value\n        formula\n        queued\n        answeredInTime\n        abandonedInTime\n      }\n    }\n    alerts {\n      sessionId\n      queue\n      customerName\n      waitSeconds\n      openedAt\n      acknowledgedBy\n      acknowledgedAt\n    }\n  }\n}");
export const QualityAudit: Operation<QualityAuditQuery, QualityAuditQueryVariables> = /* @__PURE__ */ operation("QualityAudit", "query", "# The whole QualityAudit page: the pass rate, what awaits review, and one page of audits.\nquery QualityAudit(\n  $page: Int = 1\n  $size: Int = 10\n  $filter: AuditFilter\n  $sort: AuditSort = NEWEST\n) {\n  quality {\n    summary {\n      passRate\n      passed\n      decided\n      passRateInterval {\n        low\n        high\n      }\n      auditedCount\n      pendingReview\n    }\n    records(page: $page, size: $size, filter: $filter, sort: $sort) {\n      total\n      page\n      size\n      items {\n        id\n        sessionId\n        agent\n        customer\n        score\n        status\n        auditType\n        type\n        issues\n        date\n      }\n    }\n  }\n}");
export const AuditList: Operation<AuditListQuery, AuditListQueryVariables> = /* @__PURE__ */ operation("AuditList", "query", "# Walks a large set of audits: pass endCursor as after to read on.\nquery AuditList($first: Int = 50, $after: String, $filter: AuditFilter) {\n  quality {\n    audits(first: $first, after: $after, filter: $filter) {\n      edges {\n        cursor\n        node {\n          id\n          sessionId\n          agentId\n          score\n          status\n          auditType\n          auditedAt\n        }\n      }\n      pageInfo {\n        hasNextPage\n        hasPreviousPage\n        startCursor\n        endCursor\n      }\n    }\n  }\n}");
export const AuditDetail: Operation<AuditDetailQuery, AuditDetailQueryVariables> = /* @__PURE__ */ operation("AuditDetail", "query", "# One audit with its scores, its history and its dispute; null when there is none with this id.\nquery AuditDetail($id: ID!) {\n  quality {\n    audit(id: $id) {\n      id\n      sessionId\n      agentId\n      agent\n      customer\n      score\n      scoreRule\n      autoScore\n      humanScore\n      status\n      version\n      auditType\n      type\n      issues\n      date\n      auditedAt\n      reviewedBy\n      reviewedAt\n      claimedBy\n      claimedUntil\n      history {\n        version\n        step\n        scoreBefore\n        score\n        statusBefore\n        status\n        by\n        at\n        comment\n      }\n      dispute {\n        scoredBy\n        raisedBy\n        raisedAt\n        comment\n        ruling\n        ruledBy\n        ruledAt\n        rulingComment\n      }\n    }\n  }\n}");
export const ReviewQueue: Operation<ReviewQueueQuery, ReviewQueueQueryVariables> = /* @__PURE__ */ operation("ReviewQueue", "query", "# What a reviewer takes next, and how much waits for how long.\nquery ReviewQueue($order: AuditOrder = OLDEST_FIRST) {\n  quality {\n    nextAudit(order: $order) {\n      id\n      version\n      sessionId\n      agent\n      score\n      auditedAt\n    }\n    pending {\n      total\n      claimed\n      oldestAt\n      ages {\n        underHours\n        count\n      }\n    }\n  }\n}");
export const ScoreQuality: Operation<ScoreQualityQuery, ScoreQualityQueryVariables> = /* @__PURE__ */ operation("ScoreQuality", "query", "# How the machine agrees with people, and whose scores were overturned.\nquery ScoreQuality {\n  quality {\n    agreement {\n      pairs\n      withinTen\n      rate\n      kappa\n    }\n    overturns {\n      scoredBy\n      open\n      accepted\n      partlyAccepted\n      rejected\n      overturnRate\n    }\n  }\n}");
export const AuditFindings: Operation<AuditFindingsQuery, AuditFindingsQueryVariables> = /* @__PURE__ */ operation("AuditFindings", "query", "# The scorecards, and how often what was found.\nquery AuditFindings($from: DateTime!, $to: DateTime!) {\n  quality {\n    scorecards {\n      id\n      version\n      title\n      categories {\n        id\n        title\n        points\n        weight\n        critical\n      }\n    }\n    findingCounts(from: $from, to: $to) {\n      code\n      severity\n      findings\n      audits\n    }\n  }\n}");
export const ScoreAudit: Operation<ScoreAuditMutation, ScoreAuditMutationVariables> = /* @__PURE__ */ operation("ScoreAudit", "mutation", "# Records an audit by the answers to a scorecard of the configuration.\nmutation ScoreAudit($input: ScoreAuditInput!) {\n  scoreAudit(input: $input) {\n    id\n    score\n    status\n    scorecard\n    scorecardVersion\n    scoreOfAnswers\n    answers {\n      category\n      points\n      of\n      weight\n      critical\n    }\n    findings {\n      code\n      severity\n      eventId\n    }\n  }\n}");
export const CreateAudit: Operation<CreateAuditMutation, CreateAuditMutationVariables> = /* @__PURE__ */ operation("CreateAudit", "mutation", "# Records an audit of a session, by a person or by a machine.\nmutation CreateAudit($input: CreateAuditInput!) {\n  createAudit(input: $input) {\n    id\n    score\n    status\n    auditType\n    date\n  }\n}");
export const ReviewAudit: Operation<ReviewAuditMutation, ReviewAuditMutationVariables> = /* @__PURE__ */ operation("ReviewAudit", "mutation", "# Sets the final score of an audit that awaits review; any other audit is a CONFLICT.\nmutation ReviewAudit($input: ReviewAuditInput!) {\n  reviewAudit(input: $input) {\n    id\n    score\n    status\n    reviewedBy\n    reviewedAt\n  }\n}");
export const ClaimAudit: Operation<ClaimAuditMutation, ClaimAuditMutationVariables> = /* @__PURE__ */ operation("ClaimAudit", "mutation", "# Keeps others from reviewing an audit for a while.\nmutation ClaimAudit($auditId: ID!, $leaseSecs: Int = 900) {\n  claimAudit(auditId: $auditId, leaseSecs: $leaseSecs) {\n    id\n    version\n    claimedBy\n    claimedUntil\n  }\n}");
export const ReleaseAudit: Operation<ReleaseAuditMutation, ReleaseAuditMutationVariables> = /* @__PURE__ */ operation("ReleaseAudit", "mutation", "# Gives an audit back to the queue.\nmutation ReleaseAudit($auditId: ID!) {\n  releaseAudit(auditId: $auditId) {\n    id\n    claimedBy\n  }\n}");
export const DisputeAudit: Operation<DisputeAuditMutation, DisputeAuditMutationVariables> = /* @__PURE__ */ operation("DisputeAudit", "mutation", "# Objects to the result of an audit of the own session.\nmutation DisputeAudit($auditId: ID!, $comment: String!) {\n  disputeAudit(auditId: $auditId, comment: $comment) {\n    id\n    version\n    dispute {\n      raisedAt\n      comment\n    }\n  }\n}");
export const RuleOnDispute: Operation<RuleOnDisputeMutation, RuleOnDisputeMutationVariables> = /* @__PURE__ */ operation("RuleOnDispute", "mutation", "# Rules on a dispute: with a new score, or none where it is rejected.\nmutation RuleOnDispute($input: RuleOnDisputeInput!) {\n  ruleOnDispute(input: $input) {\n    id\n    score\n    status\n    version\n    dispute {\n      ruling\n      ruledBy\n      rulingComment\n    }\n  }\n}");
export const TrackEvent: Operation<TrackEventMutation, TrackEventMutationVariables> = /* @__PURE__ */ operation("TrackEvent", "mutation", "# Tells of one session that starts: the active sessions of Monitoring grow by one.\nmutation TrackEvent($input: TrackEventInput!) {\n  trackEvent(input: $input) {\n    id\n    status\n    reason\n  }\n}");
export const TrackEvents: Operation<TrackEventsMutation, TrackEventsMutationVariables> = /* @__PURE__ */ operation("TrackEvents", "mutation", "# A session from start to rating in one call; one result an event, in order.\nmutation TrackEvents($input: [TrackEventInput!]!) {\n  trackEvents(input: $input) {\n    id\n    status\n    reason\n  }\n}");
export const TrackEventStored: Operation<TrackEventStoredMutation, TrackEventStoredMutationVariables> = /* @__PURE__ */ operation("TrackEventStored", "mutation", "# Answers once the event is committed. Run it twice: the second answer is DUPLICATE.\nmutation TrackEventStored($input: TrackEventInput!, $durability: Durability = STORED) {\n  trackEvent(input: $input, durability: $durability) {\n    id\n    status\n    reason\n  }\n}");
export const Events: Operation<EventsQuery, EventsQueryVariables> = /* @__PURE__ */ operation("Events", "query", "# Raw events of the last 24 hours, newest first: pass endCursor as after to read on.\nquery Events($filter: EventFilter!, $first: Int = 50, $after: String) {\n  events(filter: $filter, first: $first, after: $after) {\n    edges {\n      cursor\n      node {\n        id\n        name\n        product\n        sessionId\n        data\n        occurredAt\n        receivedAt\n      }\n    }\n    pageInfo {\n      hasNextPage\n      hasPreviousPage\n      startCursor\n      endCursor\n    }\n  }\n}");
export const Sessions: Operation<SessionsQuery, SessionsQueryVariables> = /* @__PURE__ */ operation("Sessions", "query", "# Conversations that began in the last 24 hours, newest first, each with what became of it.\nquery Sessions($filter: SessionFilter, $first: Int = 50, $after: String) {\n  sessions(filter: $filter, first: $first, after: $after) {\n    edges {\n      cursor\n      node {\n        id\n        product\n        channel\n        queue\n        agentId\n        firstEventAt\n        outcome\n        durationSeconds\n        waitSeconds\n        handleSeconds\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}");
export const Session: Operation<SessionQuery, SessionQueryVariables> = /* @__PURE__ */ operation("Session", "query", "# One conversation with its events, oldest first; null when there is none with this id.\nquery Session($id: ID!, $first: Int = 100, $after: String) {\n  session(id: $id) {\n    id\n    product\n    channel\n    channelName\n    visitorId\n    customerName\n    queue\n    agentId\n    startedAt\n    queuedAt\n    assignedAt\n    transferredAt\n    endedAt\n    endedBy\n    resolved\n    firstEventAt\n    lastEventAt\n    outcome\n    durationSeconds\n    waitSeconds\n    handleSeconds\n    events(first: $first, after: $after) {\n      edges {\n        cursor\n        node {\n          id\n          name\n          data\n          occurredAt\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n}");
export const IngestStatus: Operation<IngestStatusQuery, IngestStatusQueryVariables> = /* @__PURE__ */ operation("IngestStatus", "query", "# The books: accepted = stored + duplicate + conflict + rejected + pending.\nquery IngestStatus {\n  ingestStatus {\n    accepted\n    stored\n    duplicate\n    conflict\n    rejected\n    pending\n    oldestPendingSeconds\n    products {\n      product\n      accepted\n      stored\n      duplicate\n      conflict\n      rejected\n      pending\n    }\n  }\n}");
export const Quarantine: Operation<QuarantineQuery, QuarantineQueryVariables> = /* @__PURE__ */ operation("Quarantine", "query", "# What could not be stored, newest first, with the reason: pass endCursor as after to read on.\nquery Quarantine($product: String, $first: Int = 50, $after: String) {\n  quarantine(product: $product, first: $first, after: $after) {\n    edges {\n      cursor\n      node {\n        id\n        product\n        eventId\n        payload\n        reason\n        origin\n        quarantinedAt\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}");
export const ReplayQuarantine: Operation<ReplayQuarantineMutation, ReplayQuarantineMutationVariables> = /* @__PURE__ */ operation("ReplayQuarantine", "mutation", "# Sends quarantined events of a product through again; those that are stored leave the quarantine.\nmutation ReplayQuarantine($input: ReplayQuarantineInput!) {\n  replayQuarantine(input: $input) {\n    accepted\n    kept\n  }\n}");
export const DropQuarantine: Operation<DropQuarantineMutation, DropQuarantineMutationVariables> = /* @__PURE__ */ operation("DropQuarantine", "mutation", "# Takes events of a product out of the quarantine for good.\nmutation DropQuarantine($input: DropQuarantineInput!) {\n  dropQuarantine(input: $input) {\n    dropped\n  }\n}");
export const RecordTokenUsage: Operation<RecordTokenUsageMutation, RecordTokenUsageMutationVariables> = /* @__PURE__ */ operation("RecordTokenUsage", "mutation", "# Records the tokens of one call to a model; the same requestId is billed once.\nmutation RecordTokenUsage($input: TokenUsageInput!) {\n  recordTokenUsage(input: $input) {\n    recorded\n    estimatedCost\n  }\n}");
export const RecordTokenUsages: Operation<RecordTokenUsagesMutation, RecordTokenUsagesMutationVariables> = /* @__PURE__ */ operation("RecordTokenUsages", "mutation", "# Records the tokens of many calls at once, with one result for each.\nmutation RecordTokenUsages($input: [TokenUsageInput!]!) {\n  recordTokenUsages(input: $input) {\n    recorded\n    estimatedCost\n    reason\n  }\n}");
export const UpdateAgentStatus: Operation<UpdateAgentStatusMutation, UpdateAgentStatusMutationVariables> = /* @__PURE__ */ operation("UpdateAgentStatus", "mutation", "# Puts an agent into a status, and makes the agent known on first sight.\nmutation UpdateAgentStatus($input: AgentStatusInput!) {\n  updateAgentStatus(input: $input) {\n    agentId\n    name\n    status\n    durationSeconds\n    duration\n    load\n  }\n}");
export const AcknowledgeAlert: Operation<AcknowledgeAlertMutation, AcknowledgeAlertMutationVariables> = /* @__PURE__ */ operation("AcknowledgeAlert", "mutation", "# Says that you have seen that a session waits too long; NOT_FOUND when none of that id does.\nmutation AcknowledgeAlert($sessionId: ID!) {\n  acknowledgeAlert(sessionId: $sessionId) {\n    sessionId\n    waitSeconds\n    acknowledgedBy\n    acknowledgedAt\n  }\n}");
export const Viewer: Operation<ViewerQuery, ViewerQueryVariables> = /* @__PURE__ */ operation("Viewer", "query", "# Who you are to the service, what you may do, and whether there is a demo to look at.\nquery Viewer {\n  viewer {\n    tenantId\n    subject\n    role\n    rights\n    ownRights\n    timeZone\n    isOpen\n    isDemo\n    hasEvents\n    serverTime\n    demo {\n      state\n      key\n      daysFilled\n      days\n      startedAt\n    }\n  }\n}");
export const StartDemo: Operation<StartDemoMutation, StartDemoMutationVariables> = /* @__PURE__ */ operation("StartDemo", "mutation", "# Fills the demo tenant, today first, and plays a living desk in it; to see it, send its key.\nmutation StartDemo {\n  startDemo {\n    state\n    key\n    daysFilled\n    days\n    startedAt\n  }\n}");
export const RemoveDemo: Operation<RemoveDemoMutation, RemoveDemoMutationVariables> = /* @__PURE__ */ operation("RemoveDemo", "mutation", "# Stops the demo and removes all that its tenant holds.\nmutation RemoveDemo {\n  removeDemo {\n    state\n    daysFilled\n    days\n  }\n}");