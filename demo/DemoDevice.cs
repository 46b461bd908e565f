using System.Globalization;
using System.Net;
using System.Text;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Bailiwick.Demo;

/// <summary>One device over MQTT: a sensor that measures, warns when it gets warm, and restarts when it is told to.</summary>
internal sealed class DemoDevice(IPEndPoint server, string id, string user, string password, Rest admin, Plant plant, int seed) : IAsyncDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(5);
    private const double Warm = 38;
    private const double Cool = 34;

    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly Random _random = new(seed);
    private double _temperature = 20 + (seed % 22);
    private bool _isWarm;

    /// <summary>Connects, makes its object, subscribes, and is put into its plant.</summary>
    public async Task BeginAsync(CancellationToken stop)
    {
        _client.ApplicationMessageReceivedAsync += ReceivedAsync;
        var options = new MqttClientOptionsBuilder().WithTcpServer(server.Address.ToString(), server.Port).WithClientId(id).WithCredentials(user, password)
            .WithProtocolVersion(MqttProtocolVersion.V311).Build();
        await _client.ConnectAsync(options, stop);
        await SendAsync($"100,{id},demo_Sensor", stop);
        await SendAsync("114,c8y_Restart", stop);
        await SendAsync("110,S-" + seed.ToString("0000", CultureInfo.InvariantCulture) + ",Sensor,1.2", stop);
        await _client.SubscribeAsync("s/ds", MqttQualityOfServiceLevel.AtLeastOnce, stop);
        var named = await admin.GetAsync($"/identity/externalIds/c8y_Serial/{id}", stop);
        var objectId = named.GetProperty("managedObject").GetProperty("id").GetString();
        await admin.PostAsync($"/inventory/managedObjects/{plant.ObjectId}/childAssets", $$$"""{"managedObject":{"id":"{{{objectId}}}"}}""", stop);
        await MeasureAsync(stop);
    }

    public async Task SpeakAsync(CancellationToken stop)
    {
        try
        {
            // Not all at once.
            await Task.Delay(Between * _random.NextDouble(), stop);
            while (true)
            {
                await MeasureAsync(stop);
                await Task.Delay(Between, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_client.IsConnected) await _client.DisconnectAsync();
        _client.Dispose();
    }

    private async Task MeasureAsync(CancellationToken stop)
    {
        _temperature = Math.Clamp(_temperature + _random.NextDouble() * 4 - 2, 15, 45);
        await SendAsync(string.Create(CultureInfo.InvariantCulture, $"200,c8y_Temperature,T,{_temperature:0.0},C"), stop);
        if (!_isWarm && _temperature > Warm) await SendAsync(string.Create(CultureInfo.InvariantCulture, $"302,demo_Warm,Warmer than {Warm} C"), stop);
        else if (_isWarm && _temperature < Cool) await SendAsync("306,demo_Warm", stop);
        _isWarm = _temperature > Warm || (_isWarm && _temperature >= Cool);
        if (_random.Next(50) == 0) await SendAsync("400,demo_DoorOpened,The door was opened", stop);
    }

    /// <summary>An operation: 510 is a restart, which this device has done in a moment.</summary>
    private async Task ReceivedAsync(MqttApplicationMessageReceivedEventArgs received)
    {
        if (!received.ApplicationMessage.ConvertPayloadToString().StartsWith("510,", StringComparison.Ordinal)) return;
        await SendAsync("501,c8y_Restart", CancellationToken.None);
        await SendAsync("503,c8y_Restart", CancellationToken.None);
    }

    private Task<MqttClientPublishResult> SendAsync(string rows, CancellationToken stop) => _client.PublishAsync(
        new MqttApplicationMessage { Topic = "s/us", PayloadSegment = Encoding.UTF8.GetBytes(rows), QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce }, stop);
}
