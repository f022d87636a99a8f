/* UDP: datagrams on their way. */
#ifndef SIM_DATAGRAM_H
#define SIM_DATAGRAM_H

/* Of the world: what is still on its way does not arrive. */
void sim_datagrams_close(void);

#endif
