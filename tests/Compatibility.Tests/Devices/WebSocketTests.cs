using System.Net.WebSockets;
using Bailiwick.Compatibility.Tests.Rest;

namespace Bailiwick.Compatibility.Tests.Devices;

/// <summary>MQTT over WebSocket: the same sessions by another way.</summary>
public sealed class WebSocketTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private ServerProcess Server => shared.Server;

    private RestClient Admin => field ??= Joining.AdminOf(shared.Server);

    [Fact]
    public async Task A_device_sends_and_hears_over_a_WebSocket_and_is_cut_off_on_it()
    {
        var device = await Joining.JoinAsync(Server, "web-socket");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect, MqttWay.WebSocket);
        await mqtt.SubscribedAsync("s/e");
        Assert.Empty(await mqtt.PublishedAsync("s/us", "100,Pump,acme_Pump\n200,acme_Flow,rate,12.5,l/min"));
        Assert.Equal("s/e", Assert.Single(await mqtt.PublishedAsync("s/us", "999,x", id: 2)).Topic);
        var source = await Joining.ObjectIdAsync(Admin, device.DeviceId);
        Assert.Single(await Admin.ListAsync($"/measurement/measurements?source={source}", "measurements"));

        (await Admin.PutAsync($"/user/t1/users/{device.UserName}", """{"enabled":false}""")).Expect(200);
        Assert.Empty(await mqtt.ClosedAsync("the end of a session whose user was disabled"));
    }

    [Fact]
    public async Task A_device_that_says_goodbye_is_closed_after_its_last_acknowledgement()
    {
        var device = await Joining.JoinAsync(Server, "web-socket-bye");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect, MqttWay.WebSocket);
        await mqtt.SendAsync(MqttSocket.Publish("s/us", "100", qos: 1, id: 7), MqttSocket.Disconnect);
        Assert.Equal([7], (await mqtt.ClosedAsync("the end after DISCONNECT")).Select(packet => packet.Id));
    }

    [Fact]
    public async Task A_text_message_ends_the_connection()
    {
        using var socket = await ConnectAsync("mqtt");
        await socket.SendAsync("CONNECT"u8.ToArray(), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
        var answer = await socket.ReceiveAsync(new byte[64].AsMemory(), TestContext.Current.CancellationToken);
        Assert.Equal((WebSocketMessageType.Close, WebSocketCloseStatus.InvalidMessageType), (answer.MessageType, socket.CloseStatus));
    }

    [Fact]
    public async Task Who_asks_for_no_MQTT_is_told_so()
    {
        var refused = await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync("soap"));
        Assert.Contains("400", refused.Message, StringComparison.Ordinal);
        Assert.Equal(401, (int)(await Server.NewClient().GetAsync("/mqtt", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Theory]
    [InlineData("true", "203.0.113.7")]
    [InlineData("false", "127.0.0.1")]
    public async Task Behind_a_trusted_proxy_the_trail_names_the_clients_address_and_else_the_peers(string trusts, string recorded)
    {
        await using var server = await ServerProcess.StartAsync($"--Listen:TrustForwardedHeaders={trusts}");
        using (var socket = new ClientWebSocket())
        {
            socket.Options.AddSubProtocol("mqtt");
            socket.Options.SetRequestHeader("X-Forwarded-For", "203.0.113.7");
            await socket.ConnectAsync(new Uri($"wss://localhost:{server.HttpsPort}/mqtt"), server.NewClient(), TestContext.Current.CancellationToken);
            await socket.SendAsync(new MqttConnect("d1", "t1/nobody", "wrong").Packet(), WebSocketMessageType.Binary, true, TestContext.Current.CancellationToken);
            Assert.Equal(4, (await socket.ReceiveAsync(new byte[64].AsMemory(), TestContext.Current.CancellationToken)).Count);
        }

        var texts = (await Joining.AdminOf(server).ListAsync("/audit/auditRecords?pageSize=20", "auditRecords")).Select(record => record.GetProperty("text").GetString());
        Assert.Contains(texts, text => text!.Contains("nobody", StringComparison.Ordinal) && text.Contains($"from {recorded} ", StringComparison.Ordinal));
    }

    private async Task<ClientWebSocket> ConnectAsync(string subProtocol)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol(subProtocol);
        await socket.ConnectAsync(new Uri($"wss://localhost:{Server.HttpsPort}/mqtt"), Server.NewClient(), TestContext.Current.CancellationToken);
        return socket;
    }
}
