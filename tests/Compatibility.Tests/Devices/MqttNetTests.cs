using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Bailiwick.Compatibility.Tests.Devices;

/// <summary>A device on MQTTnet, over TLS: it joins, publishes and is answered.</summary>
public sealed class MqttNetTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private ServerProcess Server => shared.Server;

    [Fact]
    public async Task A_device_on_MQTTnet_joins_over_TLS_and_speaks()
    {
        var admin = Joining.AdminOf(Server);
        (await admin.PostAsync("/devicecontrol/newDeviceRequests", """{"id":"mqttnet-1"}""")).Expect(201);
        string[] credentials;
        using (var joining = await Connected.AsAsync(Server, "management/devicebootstrap", FirstPasswords.Device))
        {
            await joining.SubscribeAsync("s/dcr");
            await joining.PublishAsync("s/ucr", "", MqttQualityOfServiceLevel.AtLeastOnce);
            (await admin.PutAsync("/devicecontrol/newDeviceRequests/mqttnet-1", """{"status":"ACCEPTED"}""")).Expect(200);
            await joining.PublishAsync("s/ucr", "", MqttQualityOfServiceLevel.AtLeastOnce);
            credentials = (await joining.NextAsync("s/dcr")).Split(',');
        }
        Assert.Equal(["70", "t1", "device_mqttnet-1"], credentials[..3]);

        using var device = await Connected.AsAsync(Server, $"{credentials[1]}/{credentials[2]}", credentials[3]);
        await device.PublishAsync("s/us", "100,Pump of MQTTnet,acme_Pump", MqttQualityOfServiceLevel.ExactlyOnce);
        // What a device is told is for devices that are there: only now are these granted.
        await device.SubscribeAsync("s/ds", "s/e");
        await device.PublishAsync("s/us", "200,acme_Flow,rate,12.5,l/min", MqttQualityOfServiceLevel.AtLeastOnce);
        await device.PublishAsync("s/us", "123", MqttQualityOfServiceLevel.AtMostOnce);
        var objectId = await Joining.ObjectIdAsync(admin, "mqttnet-1");
        Assert.Equal($"124,{objectId}", await device.NextAsync("s/ds"));
        await device.PublishAsync("s/us", "200,acme_Flow,rate,fast", MqttQualityOfServiceLevel.AtLeastOnce);
        Assert.StartsWith("45,200,", await device.NextAsync("s/e"), StringComparison.Ordinal);

        Assert.Equal(12.5, Assert.Single(await admin.ListAsync($"/measurement/measurements?source={objectId}", "measurements")).GetProperty("acme_Flow").GetProperty("rate").GetProperty("value").GetDouble());
        using var stranger = new Connected();
        Assert.Equal(MqttClientConnectResultCode.BadUserNameOrPassword, await stranger.ConnectAsync(Server, $"{credentials[1]}/{credentials[2]}", "not the password"));
    }

    /// <summary>A connection of MQTTnet that trusts the server's own authority, and what came over it.</summary>
    private sealed class Connected : IDisposable
    {
        private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
        private readonly Channel<(string Topic, string Text)> _received = Channel.CreateUnbounded<(string, string)>();

        public static async Task<Connected> AsAsync(ServerProcess server, string user, string password)
        {
            var connected = new Connected();
            Assert.Equal(MqttClientConnectResultCode.Success, await connected.ConnectAsync(server, user, password));
            return connected;
        }

        public async Task<MqttClientConnectResultCode> ConnectAsync(ServerProcess server, string user, string password)
        {
            using var giveUp = new CancellationTokenSource(BailiwickProcess.Patience);
            _client.ApplicationMessageReceivedAsync += message =>
                _received.Writer.WriteAsync((message.ApplicationMessage.Topic, Encoding.UTF8.GetString(message.ApplicationMessage.Payload))).AsTask();
            var options = new MqttClientOptionsBuilder()
                .WithProtocolVersion(MqttProtocolVersion.V311).WithTcpServer("localhost", server.MqttsPort).WithClientId("mqttnet-1").WithCredentials(user, password)
                .WithTlsOptions(tls => tls.UseTls().WithTrustChain(new X509Certificate2Collection(X509CertificateLoader.LoadCertificateFromFile(server.AuthorityFile)))
                    .WithRevocationMode(X509RevocationMode.NoCheck))
                .Build();
            return (await _client.ConnectAsync(options, giveUp.Token)).ResultCode;
        }

        public async Task SubscribeAsync(params string[] topics)
        {
            using var giveUp = new CancellationTokenSource(BailiwickProcess.Patience);
            foreach (var topic in topics)
            {
                var answer = await _client.SubscribeAsync(topic, MqttQualityOfServiceLevel.AtLeastOnce, giveUp.Token);
                Assert.Equal(MqttClientSubscribeResultCode.GrantedQoS1, Assert.Single(answer.Items).ResultCode);
            }
        }

        public async Task PublishAsync(string topic, string text, MqttQualityOfServiceLevel level)
        {
            using var giveUp = new CancellationTokenSource(BailiwickProcess.Patience);
            await _client.PublishStringAsync(topic, text, level, cancellationToken: giveUp.Token);
        }

        /// <summary>The next message, which must be on this topic.</summary>
        public async Task<string> NextAsync(string topic)
        {
            using var giveUp = new CancellationTokenSource(BailiwickProcess.Patience);
            var (on, text) = await _received.Reader.ReadAsync(giveUp.Token);
            Assert.Equal(topic, on);
            return text;
        }

        public void Dispose() => _client.Dispose();
    }
}
