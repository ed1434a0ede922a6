/** The audit that was open last: whoever comes back to the list goes on from there. */
export const returning: { from: string | null } = { from: null };
