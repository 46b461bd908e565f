using System.Runtime.InteropServices;
using Bailiwick.Demo;

// A served instance with something to look at: three plants of two customers, a hundred devices that speak, and users who may see more or less of it.
const string Usage = """
    usage: ./dev demo [--devices N] [--seconds N] [--Section:Key=VALUE ...]

      --devices N         how many devices, 1 to 1000; 100 unless said otherwise
      --seconds N         stop after so many seconds; otherwise it runs until it is interrupted
      --Section:Key=VALUE a setting of the server, for instance --Listen:Http=127.0.0.1:9080

    The data is new at each start and gone at the end.
    """;

if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(Usage);
    return 0;
}
if (!DemoOptions.TryParse(args, out var options, out var wrong))
{
    await Console.Error.WriteLineAsync($"{wrong}\n\n{Usage}");
    return 2;
}

using var stop = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    await using var server = await DemoServer.StartAsync(options.Settings, stop.Token);
    var customers = await Customers.FoundAsync(server, stop.Token);
    await using var fleet = await DemoFleet.JoinAsync(server, customers, options.Devices, stop.Token);
    await fleet.FirstWordsAsync(stop.Token);
    await Tour.PrintAsync(server, customers, stop.Token);
    if (options.Seconds is { } seconds) stop.CancelAfter(TimeSpan.FromSeconds(seconds));
    await fleet.SpeakAsync(stop.Token);
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    // Asked to stop.
}
catch (DemoException failure)
{
    await Console.Error.WriteLineAsync(failure.Message);
    return 1;
}
Console.WriteLine("The demonstration has ended, and its data is gone.");
return 0;

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
