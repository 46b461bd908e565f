using Bailiwick.Benchmarks;

// Ctrl+C and SIGTERM end the run in order: servers, load generators and folders go with it.
using var stop = new StopSignal();
if (args is [BareKestrel.Argument])
{
    await BareKestrel.ServeAsync(stop.Token);
    return 0;
}
return await BenchmarkCommand.RunAsync(args, stop.Token);
