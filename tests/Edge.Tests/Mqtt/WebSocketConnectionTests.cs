using System.Net.WebSockets;
using Bailiwick.Edge.Mqtt;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace Bailiwick.Edge.Tests.Mqtt;

/// <summary>A WebSocket as an MQTT session's connection.</summary>
public sealed class WebSocketConnectionTests
{
    [Fact]
    public async Task To_cut_off_one_that_has_just_ended_by_itself_does_no_harm()
    {
        using var socket = WebSocket.CreateFromStream(new MemoryStream(), new WebSocketCreationOptions { IsServer = true });
        var connection = new WebSocketConnection(socket, new DefaultHttpContext(), "192.0.2.1", CancellationToken.None);
        await connection.DisposeAsync();

        connection.Abort(new ConnectionAbortedException("nothing was heard"));
    }
}
