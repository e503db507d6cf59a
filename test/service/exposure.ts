/** By how much, of 10, `systemd-analyze security` may find the service exposed. */
export const MOST_EXPOSED = 1.5;
