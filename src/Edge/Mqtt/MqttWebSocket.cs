using Bailiwick.Edge.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Bailiwick.Edge.Mqtt;

/// <summary>MQTT over WebSocket, on every listener that speaks HTTP: the path <c>/mqtt</c>, subprotocol <c>mqtt</c>. Client certificates are not taken there.</summary>
public static class MqttWebSocket
{
    private const string Path = "/mqtt";

    // What clients ask for: the registered name, and the one of MQTT 3.1.
    private static readonly string[] SubProtocols = ["mqtt", "mqttv3.1"];

    /// <summary>Stands before the REST interface. Requests to the path that ask for no WebSocket are REST's to refuse.</summary>
    public static void UseMqttOverWebSocket(this IApplicationBuilder app)
    {
        var handler = ActivatorUtilities.CreateInstance<MqttConnectionHandler>(app.ApplicationServices);
        var stopping = app.ApplicationServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var trustsForwarded = app.ApplicationServices.GetRequiredService<RestSettings>().TrustsForwardedHeaders;
        var time = app.ApplicationServices.GetRequiredService<TimeProvider>();
        app.UseWebSockets();
        app.Use((http, next) => http.Request.Path.Equals(Path, StringComparison.Ordinal) && http.WebSockets.IsWebSocketRequest ? ServeAsync(http, handler, trustsForwarded, time, stopping) : next(http));
    }

    private static async Task ServeAsync(HttpContext http, MqttConnectionHandler handler, bool trustsForwarded, TimeProvider time, CancellationToken stopping)
    {
        if (http.WebSockets.WebSocketRequestedProtocols.FirstOrDefault(wanted => SubProtocols.Contains(wanted)) is not { } subProtocol)
        {
            RestDoor.Refuse(http, Problems.NoSubProtocol(string.Join(" or ", SubProtocols)));
            return;
        }
        using var socket = await http.WebSockets.AcceptWebSocketAsync(subProtocol);
        await using var connection = new WebSocketConnection(socket, http, Forwarded.Address(http, trustsForwarded), time, stopping);
        await connection.ServeAsync(handler);
    }
}
