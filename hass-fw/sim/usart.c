/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * usart.c - the ATmega162's USART on top of libsimavr's
 *
 * UCSRnC and UBRRnH share an address: bit 7 (URSEL) of what is written chooses. libsimavr
 * knows only one byte there, so they live in shadow bytes at unused addresses. It also
 * counts a parity bit that is not there, ignores what is set after UBRRnL, and receives
 * into 64 bytes: sending is left to it, the bit time and the receiver are ours.
 */
#include "mega162.h"
#include "registers.h"

#define SHADOW_UCSRC(n) (0xE0 + (n))
#define SHADOW_UBRRH(n) (0xE2 + (n))
#define URSEL 0x80
#define FRAME_BITS(c) (1 + 5 + ((c) >> 1 & 3) + 1 + ((c) >> 3 & 1) + ((c) >> 5 & 1))

static void set_baud(struct usart *u)
{
	avr_t *avr = &u->chip->core;
	uint32_t ubrr = avr_regbit_get(avr, u->core.ubrrl) | avr_regbit_get(avr, u->core.ubrrh)
								     << 8;
	int oversampling = avr_regbit_get(avr, u->core.u2x) ? 8 : 16;

	u->core.cycles_per_byte =
		(ubrr + 1) * oversampling * FRAME_BITS(avr->data[u->core.r_ucsrc]);
}

static void write_shared(avr_t *avr, avr_io_addr_t addr, uint8_t v, void *param)
{
	struct usart *u = param;

	if (v & URSEL)
		avr->data[u->core.r_ucsrc] = v & ~URSEL;
	else
		avr->data[u->core.ubrrh.reg] = v & 0x0F;
	avr->data[addr] = avr->data[u->core.ubrrh.reg];
	set_baud(u);
}

static void write_ubrrl(avr_t *avr, avr_io_addr_t addr, uint8_t v, void *param)
{
	struct usart *u = param;

	u->next_baud(avr, addr, v, &u->core);
	set_baud(u);
}

static void write_status(avr_t *avr, avr_io_addr_t addr, uint8_t v, void *param)
{
	struct usart *u = param;

	u->next_status(avr, addr, v, u->next_status_param);
	set_baud(u);
}

static uint8_t read_data(avr_t *avr, avr_io_addr_t addr, void *param)
{
	struct usart *u = param;
	uint8_t byte = u->fifo[0];

	(void)addr;
	avr_clear_interrupt(avr, &u->core.rxc);
	avr_regbit_clear(avr, u->core.dor);
	if (!u->fill)
		return byte;
	u->fifo[0] = u->fifo[1];
	u->fifo[1] = u->fifo[2];
	if (--u->fill)
		avr_raise_interrupt(avr, &u->core.rxc);
	return byte;
}

/* Silicon drops the byte in the shift register when a fourth one begins. */
void usart_receive(struct usart *u, uint8_t byte)
{
	avr_t *avr = &u->chip->core;

	if (!avr_regbit_get(avr, u->core.rxen))
		return;
	if (u->fill == MEGA162_FIFO) {
		u->overruns++;
		avr_regbit_set(avr, u->core.dor);
		return;
	}
	u->fifo[u->fill++] = byte;
	avr_raise_interrupt(avr, &u->core.rxc);
}

avr_cycle_count_t usart_byte_cycles(const struct usart *u)
{
	return u->core.cycles_per_byte;
}

void usart_reset(struct usart *u)
{
	u->fill = 0;
}

#define BIT(reg, bit) AVR_IO_REGBIT(reg, bit)
#define USART(n)                                                                                   \
	{                                                                                          \
		.name = '0' + (n), .r_udr = UDR##n, .r_ucsra = UCSR##n##A, .r_ucsrb = UCSR##n##B,  \
		.r_ucsrc = SHADOW_UCSRC(n), .rxen = BIT(UCSR##n##B, RXEN##n),                      \
		.txen = BIT(UCSR##n##B, TXEN##n), .u2x = BIT(UCSR##n##A, U2X##n),                  \
		.usbs = BIT(SHADOW_UCSRC(n), USBS##n),                                             \
		.ucsz = AVR_IO_REGBITS(SHADOW_UCSRC(n), UCSZ##n##0, 0x3),                          \
		.ucsz2 = BIT(UCSR##n##B, UCSZ##n##2), .fe = BIT(UCSR##n##A, FE##n),                \
		.dor = BIT(UCSR##n##A, DOR##n), .upe = BIT(UCSR##n##A, UPE##n),                    \
		.rxb8 = BIT(UCSR##n##B, RXB8##n), .ubrrl = AVR_IO_REGBITS(UBRR##n##L, 0, 0xFF),    \
		.ubrrh = AVR_IO_REGBITS(SHADOW_UBRRH(n), 0, 0xF),                                  \
		.rxc = {.enable = BIT(UCSR##n##B, RXCIE##n),                                       \
			.raised = BIT(UCSR##n##A, RXC##n),                                         \
			.vector = USART##n##_RXC_vect,                                             \
			.raise_sticky = 1},                                                        \
		.txc = {.enable = BIT(UCSR##n##B, TXCIE##n),                                       \
			.raised = BIT(UCSR##n##A, TXC##n),                                         \
			.vector = USART##n##_TXC_vect},                                            \
		.udrc = {.enable = BIT(UCSR##n##B, UDRIE##n),                                      \
			 .raised = BIT(UCSR##n##A, UDRE##n),                                       \
			 .vector = USART##n##_UDRE_vect,                                           \
			 .raise_sticky = 1},                                                       \
	}

static const avr_uart_t wiring[2] = {USART(0), USART(1)};
static const avr_io_addr_t shared[2] = {UCSR0C, UCSR1C};

static void chain_write(avr_t *avr, avr_io_addr_t reg, avr_io_write_t ours, void *param)
{
	avr->io[AVR_DATA_TO_IO(reg)].w.c = ours;
	avr->io[AVR_DATA_TO_IO(reg)].w.param = param;
}

void usart_init(struct mega162 *chip, int n)
{
	struct usart *u = &chip->usart[n];
	avr_t *avr = &chip->core;

	u->core = wiring[n];
	u->chip = chip;
	avr_uart_init(avr, &u->core);
	u->core.flags = 0; /* no sleeping in polls, no echo to our standard output */
	u->next_baud = avr->io[AVR_DATA_TO_IO(u->core.ubrrl.reg)].w.c;
	u->next_status = avr->io[AVR_DATA_TO_IO(u->core.r_ucsra)].w.c;
	u->next_status_param = avr->io[AVR_DATA_TO_IO(u->core.r_ucsra)].w.param;
	chain_write(avr, u->core.ubrrl.reg, write_ubrrl, u);
	chain_write(avr, u->core.r_ucsra, write_status, u);
	chain_write(avr, shared[n], write_shared, u);
	avr->io[AVR_DATA_TO_IO(u->core.r_udr)].r.c = read_data;
	avr->io[AVR_DATA_TO_IO(u->core.r_udr)].r.param = u;
}
