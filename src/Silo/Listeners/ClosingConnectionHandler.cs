using Microsoft.AspNetCore.Connections;

namespace Bailiwick.Silo.Listeners;

/// <summary>Ends every connection without a word: an open MQTT port whose protocol is not wired in.</summary>
internal sealed class ClosingConnectionHandler : ConnectionHandler
{
    public override Task OnConnectedAsync(ConnectionContext connection) => Task.CompletedTask;
}
