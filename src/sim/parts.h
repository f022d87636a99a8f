/* What a world is made of beside its events, tasks and descriptors: begun empty, and emptied. */
#ifndef SIM_PARTS_H
#define SIM_PARTS_H

void parts_open(void);
void parts_close(void);

#endif
