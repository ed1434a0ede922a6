/** Where the service is, with what key, and what every client asks of it. */
import { gql } from '@urql/core';
import { print } from 'graphql';

export const url = `${required('DESKPULSE_URL')}/graphql`;
export const socketUrl = `${url.replace(/^http/, 'ws')}/ws`;
export const authorization = `Bearer ${required('DESKPULSE_KEY')}`;
/** Of the form of a key, and nobody's. */
export const wrongAuthorization = `Bearer dpk_${'A'.repeat(43)}`;

function required(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set: \`cargo xtask test clients\` sets it`);
  }
  return value;
}

export const QUERY = gql`
  query Session($id: ID!) {
    session(id: $id) {
      id
    }
    metricCatalogue {
      id
    }
  }
`;

export const MUTATION = gql`
  mutation Track($event: TrackEventInput!) {
    trackEvent(input: $event, durability: STORED) {
      status
    }
  }
`;

export const SUBSCRIPTION = gql`
  subscription Live {
    realtimeOverview {
      activeSessions
      version
    }
  }
`;

export const text = (document) => print(document);

export const variables = { id: 'no such session' };

let events = 0;

/** An event that starts a session: what is live changes with it. */
export function event(client) {
  events += 1;
  const id = `${client}-${process.pid}-${events}`;
  return { event: { name: 'session.start', product: client, sessionId: id } };
}
