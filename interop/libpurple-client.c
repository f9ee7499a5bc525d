/*
 * A libpurple client for its SIMPLE protocol, or for pidgin-sipe's, driven by lines: commands come in on stdin and what
 * happens goes out on stdout, the parts of a line separated by tabs.
 *
 *   libpurple-client FOLDER simple USER@DOMAIN PASSWORD SERVER tcp|udp
 *   libpurple-client FOLDER sipe USER@DOMAIN PASSWORD SERVER:PORT tcp|tls FOLDER-OF-AUTHORITIES
 *
 *   add BUDDY | im BUDDY TEXT | file BUDDY PATH | typing BUDDY yes|no | close BUDDY | deny BUDDY | permit BUDDY
 *   status available|away|... TEXT | quit
 *   online | failed WHY | buddy BUDDY STATUS TEXT | im FROM TEXT | typing FROM | idle FROM | error BUDDY TEXT | asked BUDDY
 */
#include <glib.h>
#include <purple.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static GMainLoop *loop;
static PurpleAccount *account;

/* libpurple's wish to watch a file, as GLib has it. */
typedef struct {
  PurpleInputFunction call;
  gpointer data;
} Watch;

static gboolean ready(GIOChannel *channel, GIOCondition condition, gpointer data) {
  Watch *watch = data;
  int happened = 0;
  if (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR)) happened |= PURPLE_INPUT_READ;
  if (condition & (G_IO_OUT | G_IO_HUP | G_IO_ERR | G_IO_NVAL)) happened |= PURPLE_INPUT_WRITE;
  watch->call(watch->data, g_io_channel_unix_get_fd(channel), happened);
  return TRUE;
}

static guint input_add(gint file, PurpleInputCondition wanted, PurpleInputFunction call, gpointer data) {
  GIOCondition condition = 0;
  if (wanted & PURPLE_INPUT_READ) condition |= G_IO_IN | G_IO_HUP | G_IO_ERR;
  if (wanted & PURPLE_INPUT_WRITE) condition |= G_IO_OUT | G_IO_HUP | G_IO_ERR | G_IO_NVAL;
  Watch *watch = g_new0(Watch, 1);
  watch->call = call;
  watch->data = data;
  GIOChannel *channel = g_io_channel_unix_new(file);
  guint id = g_io_add_watch_full(channel, G_PRIORITY_DEFAULT, condition, ready, watch, g_free);
  g_io_channel_unref(channel);
  return id;
}

static PurpleEventLoopUiOps event_loop = {
    .timeout_add = g_timeout_add,
    .timeout_remove = g_source_remove,
    .input_add = input_add,
    .input_remove = g_source_remove,
    .timeout_add_seconds = g_timeout_add_seconds,
};

static void tell(const char *what, const char *who, const char *more, const char *text) {
  printf("%s\t%s\t%s\t%s\n", what, who ? who : "", more ? more : "", text ? text : "");
}

static void signed_on(PurpleConnection *connection, gpointer data) { tell("online", NULL, NULL, NULL); }

static void failed(PurpleConnection *connection, PurpleConnectionError why, const char *words, gpointer data) {
  tell("failed", NULL, NULL, words);
}

static void shown(PurpleBuddy *buddy) {
  PurpleStatus *status = purple_presence_get_active_status(purple_buddy_get_presence(buddy));
  tell("buddy", purple_buddy_get_name(buddy), purple_status_get_id(status),
       purple_status_get_attr_string(status, "message"));
}

static void signed_in_or_out(PurpleBuddy *buddy, gpointer data) { shown(buddy); }

static void changed(PurpleBuddy *buddy, PurpleStatus *old, PurpleStatus *new, gpointer data) { shown(buddy); }

static gboolean receiving(PurpleAccount *of, char **sender, char **text, PurpleConversation *in, PurpleMessageFlags *flags,
                          gpointer data) {
  char *plain = purple_markup_strip_html(*text);
  tell("im", *sender, NULL, plain);
  g_free(plain);
  return TRUE; /* nobody else need see it */
}

static void typing(PurpleAccount *of, const char *who, gpointer data) { tell("typing", who, NULL, NULL); }

static void not_typing(PurpleAccount *of, const char *who, gpointer data) { tell("idle", who, NULL, NULL); }

/* What is written into a conversation without having been said: that a message could not be delivered. */
static void wrote(PurpleAccount *of, const char *who, char *text, PurpleConversation *in, PurpleMessageFlags flags,
                  gpointer data) {
  if (!(flags & PURPLE_MESSAGE_ERROR)) return;
  char *plain = purple_markup_strip_html(text);
  tell("error", in ? purple_conversation_get_name(in) : who, NULL, g_strdelimit(plain, "\n", ' '));
  g_free(plain);
}

/* Somebody has added us to their contacts. */
static void asked(PurpleAccount *of, const char *who, const char *id, const char *alias, const char *message) {
  tell("asked", who, NULL, NULL);
}

static PurpleAccountUiOps account_ui = {.request_add = asked};

static PurpleConversation *conversation(const char *who) {
  PurpleConversation *found = purple_find_conversation_with_account(PURPLE_CONV_TYPE_IM, who, account);
  return found ? found : purple_conversation_new(PURPLE_CONV_TYPE_IM, account, who);
}

static void obey(char *line) {
  char **part = g_strsplit(g_strchomp(line), "\t", 3);
  guint parts = g_strv_length(part);
  if (parts >= 2 && !strcmp(part[0], "add")) {
    PurpleBuddy *buddy = purple_buddy_new(account, part[1], NULL);
    purple_blist_add_buddy(buddy, NULL, NULL, NULL);
    purple_account_add_buddy(account, buddy);
  } else if (parts == 3 && !strcmp(part[0], "im")) {
    char *html = g_markup_escape_text(part[2], -1);
    conversation(part[1]);
    serv_send_im(purple_account_get_connection(account), part[1], html, 0);
    g_free(html);
  } else if (parts >= 2 && !strcmp(part[0], "status")) {
    purple_account_set_status(account, part[1], TRUE, "message", parts == 3 ? part[2] : "", NULL);
  } else if (parts == 3 && !strcmp(part[0], "typing")) {
    PurpleTypingState state = !strcmp(part[2], "yes") ? PURPLE_TYPING : PURPLE_TYPED;
    serv_send_typing(purple_account_get_connection(account), part[1], state);
  } else if (parts >= 2 && !strcmp(part[0], "close")) {
    purple_conversation_destroy(conversation(part[1]));
  } else if (parts >= 2 && !strcmp(part[0], "deny")) {
    purple_privacy_deny_add(account, part[1], FALSE);
  } else if (parts >= 2 && !strcmp(part[0], "permit")) {
    purple_privacy_deny_remove(account, part[1], FALSE);
  } else if (parts == 3 && !strcmp(part[0], "file")) {
    conversation(part[1]);
    serv_send_file(purple_account_get_connection(account), part[1], part[2]);
  } else if (!strcmp(part[0], "quit")) {
    purple_core_quit();
    g_main_loop_quit(loop);
  } else {
    tell("failed", NULL, NULL, "no such command");
  }
  g_strfreev(part);
}

static gboolean commanded(GIOChannel *channel, GIOCondition condition, gpointer data) {
  char *line = NULL;
  if (g_io_channel_read_line(channel, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL) {
    g_main_loop_quit(loop);
    return FALSE;
  }
  obey(line);
  g_free(line);
  return TRUE;
}

static void listen_to(void) {
  static int us;
  purple_signal_connect(purple_connections_get_handle(), "signed-on", &us, PURPLE_CALLBACK(signed_on), NULL);
  purple_signal_connect(purple_connections_get_handle(), "connection-error", &us, PURPLE_CALLBACK(failed), NULL);
  purple_signal_connect(purple_blist_get_handle(), "buddy-signed-on", &us, PURPLE_CALLBACK(signed_in_or_out), NULL);
  purple_signal_connect(purple_blist_get_handle(), "buddy-signed-off", &us, PURPLE_CALLBACK(signed_in_or_out), NULL);
  purple_signal_connect(purple_blist_get_handle(), "buddy-status-changed", &us, PURPLE_CALLBACK(changed), NULL);
  purple_signal_connect(purple_conversations_get_handle(), "receiving-im-msg", &us, PURPLE_CALLBACK(receiving), NULL);
  purple_signal_connect(purple_conversations_get_handle(), "buddy-typing", &us, PURPLE_CALLBACK(typing), NULL);
  purple_signal_connect(purple_conversations_get_handle(), "buddy-typing-stopped", &us, PURPLE_CALLBACK(not_typing),
                        NULL);
  purple_signal_connect(purple_conversations_get_handle(), "wrote-im-msg", &us, PURPLE_CALLBACK(wrote), NULL);
}

static void simple(char *words[]) {
  account = purple_account_new(words[3], "prpl-simple");
  purple_account_set_bool(account, "dopublish", TRUE);
  purple_account_set_bool(account, "useproxy", TRUE);
  purple_account_set_string(account, "proxy", words[5]);
  purple_account_set_bool(account, "udp", !strcmp(words[6], "udp"));
  purple_account_set_int(account, "port", 5060);
}

static void sipe(char *words[]) {
  char *name = g_strconcat(words[3], ",", NULL); /* no login of another name */
  account = purple_account_new(name, "prpl-sipe");
  g_free(name);
  purple_account_set_string(account, "server", words[5]);
  purple_account_set_string(account, "transport", words[6]);
  purple_account_set_string(account, "authentication", "ntlm");
  /* Nobody's calendar is to be looked for. */
  purple_account_set_bool(account, "dont-publish", TRUE);
}

int main(int count, char *words[]) {
  if (count < 7) return 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  loop = g_main_loop_new(NULL, FALSE);
  purple_util_set_user_dir(words[1]);
  purple_debug_set_enabled(TRUE);
  purple_eventloop_set_ui_ops(&event_loop);
  purple_accounts_set_ui_ops(&account_ui);
  if (count > 7) purple_certificate_add_ca_search_path(words[7]);
  if (!purple_core_init("comity-interop")) return 3;
  purple_set_blist(purple_blist_new());
  purple_prefs_load();
  listen_to();

  (!strcmp(words[2], "sipe") ? sipe : simple)(words);
  purple_account_set_password(account, words[4]);
  purple_accounts_add(account);
  purple_savedstatus_activate(purple_savedstatus_new(NULL, PURPLE_STATUS_AVAILABLE));
  purple_account_set_enabled(account, "comity-interop", TRUE);

  GIOChannel *input = g_io_channel_unix_new(STDIN_FILENO);
  g_io_add_watch(input, G_IO_IN | G_IO_HUP, commanded, NULL);
  g_main_loop_run(loop);
  return 0;
}
